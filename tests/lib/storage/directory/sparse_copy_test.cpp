// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/fd.hpp"
#include "storage/directory/sparse_copy.hpp"
#include "support/catch.hpp"
#include "support/file_systems.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr off_t mib = 1024 * 1024;
constexpr off_t image_size = 10240 * mib;

Fd new_file(const std::string& path)
{
    return Fd{::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
}

void write_at(const Fd& file, off_t at, const std::string& bytes)
{
    REQUIRE(::pwrite(file.get(), bytes.data(), bytes.size(), at) ==
            static_cast<ssize_t>(bytes.size()));
}

struct stat facts_of(const Fd& file)
{
    struct stat facts {};
    REQUIRE(::fstat(file.get(), &facts) == 0);
    return facts;
}

// Data at the start, in the middle, unaligned, and as the very last bytes.
Fd sparse_image(const std::string& path)
{
    Fd file = new_file(path);
    REQUIRE(file);
    REQUIRE(::ftruncate(file.get(), image_size) == 0);
    write_at(file, 0, std::string(3 * mib, 'a'));
    write_at(file, 5000 * mib + 777, std::string(100000, 'b'));
    write_at(file, image_size - 3, "end");
    return file;
}

void check_copy(const Fd& copy)
{
    CHECK(facts_of(copy).st_size == image_size);
    CHECK(facts_of(copy).st_blocks * 512 < 6 * mib);
    CHECK(read_at(copy.get(), 0, 3 * mib) == std::string(3 * mib, 'a'));
    CHECK(read_at(copy.get(), 3 * mib, mib) == std::string(mib, '\0'));
    CHECK(read_at(copy.get(), 5000 * mib + 770, 100014) ==
          std::string(7, '\0') + std::string(100000, 'b') + std::string(7, '\0'));
    CHECK(read_at(copy.get(), image_size - 5, 10) == std::string("\0\0end", 5));
}

} // namespace

TEST_CASE("sparse copy: 10 GiB with little data stay small", "[storage]")
{
    const std::string file_system = GENERATE("plain", "ext4", "xfs", "btrfs");
    CAPTURE(file_system);
    const auto place = new_pool_on(file_system);
    if (!place)
        return;
    const Fd source = sparse_image(on_disk(*place) + "/source");

    SECTION("through the kernel")
    {
        const Fd copy = new_file(on_disk(*place) + "/copy");
        REQUIRE(sparse_copy(source.get(), copy.get()));
        check_copy(copy);
    }
    SECTION("by reading and writing")
    {
        const Fd copy = new_file(on_disk(*place) + "/copy");
        REQUIRE(sparse_copy_by_hand(source.get(), copy.get()));
        check_copy(copy);
    }
    ::unlink((on_disk(*place) + "/source").c_str());
    ::unlink((on_disk(*place) + "/copy").c_str());
}

TEST_CASE("sparse copy: between file systems, written zeros become holes", "[storage]")
{
    const auto place = new_pool_on("plain");
    REQUIRE(place);
    const auto memory = on_disk(*place) + "/memory";
    REQUIRE(::mkdir(memory.c_str(), 0755) == 0);
    if (!mount_memory(memory, "64M"))
        return;
    const Fd source = new_file(memory + "/source");
    write_at(source, 0, std::string(8 * mib, '\0'));
    write_at(source, 2 * mib, std::string(mib, 'x'));
    const Fd copy = new_file(on_disk(*place) + "/copy");
    REQUIRE(sparse_copy(source.get(), copy.get()));
    CHECK(facts_of(copy).st_size == 8 * mib);
    CHECK(facts_of(copy).st_blocks * 512 < 2 * mib);
    CHECK(read_at(copy.get(), 2 * mib - 1, mib + 2) ==
          std::string(1, '\0') + std::string(mib, 'x') + std::string(1, '\0'));
}

TEST_CASE("sparse copy: empty files and holes alone", "[storage]")
{
    const auto place = new_pool_on("plain");
    REQUIRE(place);
    const Fd source = new_file(on_disk(*place) + "/source");
    for (const off_t size : {off_t{0}, off_t{1}, 100 * mib}) {
        REQUIRE(::ftruncate(source.get(), size) == 0);
        const Fd copy = new_file(on_disk(*place) + "/copy");
        REQUIRE(sparse_copy(source.get(), copy.get()));
        CHECK(facts_of(copy).st_size == size);
        CHECK(facts_of(copy).st_blocks == 0);
    }
}

TEST_CASE("sparse copy: a target that cannot be written is an error", "[storage]")
{
    const auto place = new_pool_on("plain");
    REQUIRE(place);
    const auto path = on_disk(*place) + "/f";
    const Fd source = new_file(path);
    write_at(source, 0, "data");
    const Fd read_only{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    CHECK_FALSE(sparse_copy(source.get(), read_only.get()));
    CHECK_FALSE(reflink(source.get(), -1));
    CHECK(cannot_share(EOPNOTSUPP));
    CHECK_FALSE(cannot_share(ENOSPC));
    CHECK_FALSE(cannot_share(EIO));
}
