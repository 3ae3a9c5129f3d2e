// SPDX-License-Identifier: GPL-2.0-or-later

#include "directory/images.hpp"
#include "storage/transfer.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/file_systems.hpp"

#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

struct Place {
    explicit Place(const std::string& dir_path, const std::string& name)
        : directory{on_disk(dir_path) + "/"}, pool{reflink_pool(dir_path)}
    {
        volume.pool = name;
    }

    [[nodiscard]] std::string image() const { return directory + "appvms/app1/private.img"; }

    std::string directory;
    std::unique_ptr<Pool> pool;
    Volume volume = private_of_app1();
};

} // namespace

TEST_CASE("transfer: the copy has the content, the size and the holes, the former state is kept",
          "[storage]")
{
    const std::string from_system = GENERATE("plain", "ext4", "xfs", "btrfs");
    const std::string to_system = GENERATE("plain", "ext4", "xfs", "btrfs");
    UNSCOPED_INFO("from " << from_system << " to " << to_system);
    const auto from_path = new_pool_on(from_system);
    const auto to_path = new_pool_on(to_system);
    if (!from_path || !to_path)
        return;
    Place from{*from_path, "from"};
    Place to{*to_path, "to"};
    from.volume.size = 5 * gib + 512;
    from.pool->create(from.volume);
    write_image(from.image(), "begin");
    write_image(from.image(), std::string(3 * mib, 'm'), 2 * gib - 4096);
    write_image(from.image(), "end", static_cast<off_t>(5 * gib + 512 - 3));
    to.volume.size = 7 * mib;
    to.pool->create(to.volume);
    write_image(to.image(), "old");

    copy_volume(*to.pool, to.volume, *from.pool, from.volume);
    CHECK(to.pool->facts(to.volume).size == 5 * gib + 512);
    CHECK(read_image(to.image(), 6) == std::string("begin\0", 6));
    CHECK(read_image(to.image(), 3 * mib, 2 * gib - 4096) == std::string(3 * mib, 'm'));
    CHECK(read_image(to.image(), 4096, 2 * gib - 8192) == std::string(4096, '\0'));
    CHECK(read_image(to.image(), 3, static_cast<off_t>(5 * gib + 512 - 3)) == "end");
    CHECK(allocated(to.image()) <= 4 * mib);
    CHECK(to.pool->revisions(to.volume) == std::vector<std::string>{"1"});
    CHECK(read_image(from.image(), 5) == "begin");
}

TEST_CASE("transfer: what cannot be read leaves the target as it was", "[storage]")
{
    Place from{new_pool_on("plain").value(), "from"};
    Place to{new_pool_on("plain").value(), "to"};
    to.volume.size = mib;
    to.pool->create(to.volume);
    write_image(to.image(), "old");
    CHECK(failure_of([&] { copy_volume(*to.pool, to.volume, *from.pool, from.volume); }) ==
          Failure::failed);
    CHECK(read_image(to.image(), 3) == "old");
    CHECK_FALSE(exists(to.directory + "appvms/app1/private-import.img"));
}

TEST_CASE("transfer: a pool without room is not copied to", "[storage]")
{
    Place from{new_pool_on("plain").value(), "from"};
    const std::string small = new_pool_on("plain").value();
    if (!mount_memory(on_disk(small), "300M"))
        return;
    Place to{small, "to"};
    from.pool->create(from.volume);
    to.pool->create(to.volume);
    CHECK(failure_of([&] { copy_volume(*to.pool, to.volume, *from.pool, from.volume); }) ==
          Failure::resources);
    CHECK_FALSE(exists(to.directory + "appvms/app1/private-import.img"));
}
