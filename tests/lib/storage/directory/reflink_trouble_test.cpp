// SPDX-License-Identifier: GPL-2.0-or-later
//
// file-reflink pools where something is in the way: no room, other mounts, links, things that are
// no images.

#include "base/error.hpp"
#include "images.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/file_systems.hpp"

#include <cmath>
#include <functional>
#include <sys/xattr.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

std::string text_of(const std::function<void()>& body)
{
    try {
        body();
    } catch (const Error& error) {
        return error.text();
    }
    return "nothing thrown";
}

// A pool in 64 MiB of memory, where files cannot share; nothing where it cannot be mounted.
std::optional<std::string> small_pool()
{
    const auto dir_path = new_pool_on("plain");
    REQUIRE(dir_path);
    if (!mount_memory(on_disk(*dir_path), "64M"))
        return std::nullopt;
    return dir_path;
}

} // namespace

TEST_CASE("file-reflink: a start without room leaves everything as it was", "[storage]")
{
    const auto dir_path = small_pool();
    if (!dir_path)
        return;
    const auto pool = reflink_pool(*dir_path);
    const auto volume = private_of_app1();
    const auto directory = on_disk(*dir_path) + "/appvms/app1";
    pool->create(volume);
    write_image(directory + "/private.img", std::string(40 * mib, 'x'));

    const auto text = text_of([&] { pool->start(volume); });
    CHECK(failure_of([&] { pool->start(volume); }) == Failure::resources);
    CHECK(text.starts_with("cannot start 'default:appvms/app1/private': no space left, " +
                           std::to_string(40 * mib) + " bytes needed, "));
    CHECK(text.find(scratch_root()) == std::string::npos);
    CHECK(names_in(directory) == std::set<std::string>{"private.img"});
    CHECK(allocated(directory + "/private.img") == 40 * mib);
}

TEST_CASE("file-reflink: a stop without room commits and does without the revision", "[storage]")
{
    const auto dir_path = small_pool();
    if (!dir_path)
        return;
    const auto pool = reflink_pool(*dir_path);
    const auto volume = private_of_app1();
    const auto directory = on_disk(*dir_path) + "/appvms/app1";
    pool->create(volume);
    write_image(directory + "/private.img", std::string(25 * mib, 'x'));
    REQUIRE(pool->start(volume));
    write_image(directory + "/private-dirty.img", "new");
    pool->stop(volume);
    CHECK(names_in(directory) == std::set<std::string>{"private.img"});
    CHECK(read_image(directory + "/private.img", 4) == "newx");
    const auto warnings = pool->take_warnings();
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0] == "while stopping 'default:appvms/app1/private': no space left for a "
                         "revision, ignoring");
    CHECK(pool->take_warnings().empty());
}

TEST_CASE("file-reflink: a snapshot without room leaves nothing behind", "[storage]")
{
    const auto dir_path = small_pool();
    if (!dir_path)
        return;
    const auto pool = reflink_pool(*dir_path);
    const auto directory = on_disk(*dir_path);
    pool->create(root_of_t1());
    write_image(directory + "/vm-templates/t1/root.img", std::string(40 * mib, 'x'));
    CHECK(failure_of([&] { pool->start(root_of_app1()); }) == Failure::resources);
    CHECK(names_in(directory + "/appvms/app1").empty());
}

TEST_CASE("file-reflink: a template on another mount is cloned and noted", "[storage]")
{
    const auto dir_path = new_pool_on("plain");
    REQUIRE(dir_path);
    const auto directory = on_disk(*dir_path);
    REQUIRE(::mkdir((directory + "/vm-templates").c_str(), 0755) == 0);
    if (!mount_memory(directory + "/vm-templates", "64M"))
        return;
    const auto pool = reflink_pool(*dir_path);
    pool->create(root_of_t1());
    const auto source = directory + "/vm-templates/t1/root.img";
    write_image(source, "version 1", 3 * static_cast<off_t>(gib));
    CHECK(pool->start(root_of_app1()));

    const auto own = directory + "/appvms/app1/root.img";
    CHECK(read_image(own, 9, 3 * static_cast<off_t>(gib)) == "version 1");
    CHECK(read_image(directory + "/appvms/app1/root-dirty.img", 9, 3 * static_cast<off_t>(gib)) ==
          "version 1");
    CHECK(allocated(own) < mib);
    const auto facts = facts_of(source);
    char mark[128] = {};
    CHECK(::getxattr(own.c_str(), "user.qubes.source", mark, sizeof mark) > 0);
    CHECK(std::string{mark} == std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino) +
                                   ":" + std::to_string(facts.st_mtim.tv_sec) + "000000000");
    pool->stop(root_of_app1());
    CHECK(names_in(directory + "/appvms/app1").empty());
}

TEST_CASE("file-reflink: a template in another btrfs subvolume shares its blocks", "[storage]")
{
    const auto dir_path = new_pool_on("btrfs");
    if (!dir_path)
        return;
    const auto directory = on_disk(*dir_path);
    REQUIRE(run({"btrfs", "-q", "subvolume", "create", directory + "/vm-templates"}));
    const auto pool = reflink_pool(*dir_path);
    pool->create(root_of_t1());
    write_image(directory + "/vm-templates/t1/root.img", std::string(300 * mib, 'x'));
    // 600 MiB hold no second copy, let alone two
    CHECK(pool->start(root_of_app1()));
    CHECK(read_image(directory + "/appvms/app1/root-dirty.img", 3) == "xxx");
    CHECK(::getxattr((directory + "/appvms/app1/root.img").c_str(), "user.qubes.source", nullptr,
                     0) > 0);
    pool->stop(root_of_app1());
    pool->remove(root_of_t1());
}

TEST_CASE("storage.md 48: without shared blocks a large image is started in little room",
          "[storage]")
{
    const auto dir_path = small_pool();
    if (!dir_path)
        return;
    const auto pool = reflink_pool(*dir_path);
    const auto directory = on_disk(*dir_path);
    pool->create(root_of_t1());
    write_image(directory + "/vm-templates/t1/root.img", std::string(10 * mib, 'x'),
                off_t{7} << 30);
    CHECK(pool->start(root_of_app1()));
    CHECK(facts_of(directory + "/appvms/app1/root-dirty.img").st_size ==
          static_cast<off_t>(10 * gib));
    CHECK(allocated(directory + "/appvms/app1/root-dirty.img") == 10 * mib);
}

TEST_CASE("file-reflink: on ext4 an image of 10 GiB with half a GiB of data is copied as it is",
          "[storage]")
{
    const auto dir_path = new_pool_on("ext4");
    if (!dir_path)
        return;
    const auto pool = reflink_pool(*dir_path);
    const auto original = on_disk(*dir_path) + "/vm-templates/t1/root.img";
    const auto copy = on_disk(*dir_path) + "/appvms/app1/root-dirty.img";
    pool->create(root_of_t1());
    const std::string piece(16 * mib, 'x');
    for (off_t i = 0; i < 32; ++i) // here and there
        write_image(original, piece, i * (off_t{320} << 20));
    CHECK(pool->start(root_of_app1()));
    const auto size = static_cast<double>(allocated(original));
    CHECK(size >= 512.0 * mib);
    CHECK(std::abs(static_cast<double>(allocated(copy)) - size) <= 0.01 * size);
    CHECK(facts_of(copy).st_size == static_cast<off_t>(10 * gib));
    CHECK(read_image(copy, 16, 31 * (off_t{320} << 20)) == std::string(16, 'x'));
    pool->stop(root_of_app1()); // the mount is small, and others use it
    pool->remove(root_of_t1());
}

TEST_CASE("file-reflink: links are never followed below the pool", "[storage]")
{
    const auto dir_path = new_pool_on("plain");
    REQUIRE(dir_path);
    const auto directory = on_disk(*dir_path);
    const auto outside = directory + "-outside";
    REQUIRE(::mkdir(outside.c_str(), 0755) == 0);
    REQUIRE(::mkdir((outside + "/app1").c_str(), 0755) == 0);
    put_file(outside + "/app1/private.img", "precious");
    const auto pool = reflink_pool(*dir_path);
    const auto volume = private_of_app1();
    const auto refused = [&](const auto& body) { CHECK(failure_of(body) == Failure::failed); };

    SECTION("the directory of the kind")
    {
        REQUIRE(::symlink(outside.c_str(), (directory + "/appvms").c_str()) == 0);
    }
    SECTION("the directory of the qube")
    {
        REQUIRE(::mkdir((directory + "/appvms").c_str(), 0755) == 0);
        REQUIRE(::symlink((outside + "/app1").c_str(), (directory + "/appvms/app1").c_str()) == 0);
    }
    refused([&] { pool->create(volume); });
    refused([&] { pool->start(volume); });
    refused([&] { pool->verify(volume); });
    refused([&] { pool->remove(volume); });
    CHECK(pool->list().empty());
    CHECK(names_in(outside + "/app1") == std::set<std::string>{"private.img"});
    CHECK(read_image(outside + "/app1/private.img", 8) == "precious");
}

TEST_CASE("file-reflink: what is no regular file is no image", "[storage]")
{
    const auto dir_path = new_pool_on("plain");
    REQUIRE(dir_path);
    const auto directory = on_disk(*dir_path) + "/appvms/app1";
    const auto pool = reflink_pool(*dir_path);
    const auto volume = private_of_app1();
    pool->create(volume);
    ::unlink((directory + "/private-precache.img").c_str());

    SECTION("a link as committed image")
    {
        put_file(directory + "/target", "precious");
        REQUIRE(::unlink((directory + "/private.img").c_str()) == 0);
        REQUIRE(::symlink("target", (directory + "/private.img").c_str()) == 0);
        CHECK(failure_of([&] { pool->verify(volume); }) == Failure::failed);
    }
    SECTION("a pipe as running image")
    {
        REQUIRE(::mkfifo((directory + "/private-dirty.img").c_str(), 0600) == 0);
        CHECK(failure_of([&] { pool->stop(volume); }) == Failure::failed);
        CHECK(failure_of([&] { static_cast<void>(pool->block_path(volume)); }) == Failure::failed);
    }
    CHECK(failure_of([&] { pool->start(volume); }) == Failure::failed);
}

TEST_CASE("file-reflink: refuses volumes that cannot be", "[storage]")
{
    const auto dir_path = new_pool_on("plain");
    REQUIRE(dir_path);
    const auto pool = reflink_pool(*dir_path);
    const auto refused = [&](const Volume& volume) {
        CHECK(failure_of([&] { pool->create(volume); }) == Failure::failed);
        CHECK(names_in(on_disk(*dir_path)).empty());
    };
    for (const char* vid : {"", "servicevms/a/root", "qubes_dom0/vm-work-root", "appvms/../x",
                            "../../etc/passwd", "appvms/a/root-dirty"}) {
        auto volume = private_of_app1();
        volume.vid = vid;
        refused(volume);
    }
    auto both = root_of_app1();
    both.save_on_stop = true;
    CHECK(failure_of([&] { pool->create(both); }) == Failure::unsupported);
    auto own_source = root_of_app1();
    pool->create(private_of_app1());
    own_source.vid = "appvms/app1/private";
    own_source.source = own_source.vid;
    CHECK(failure_of([&] { pool->start(own_source); }) == Failure::failed);
    CHECK(exists(on_disk(*dir_path) + "/appvms/app1/private.img"));
    auto sourceless = root_of_app1();
    sourceless.source.reset();
    CHECK(failure_of([&] { pool->verify(sourceless); }) == Failure::failed);
    auto huge = private_of_app1();
    huge.size = std::uint64_t{1} << 63;
    CHECK(failure_of([&] { pool->create(huge); }) == Failure::failed);
}

TEST_CASE("file-reflink: a directory that is missing", "[storage]")
{
    scratch_root();
    const auto pool = reflink_pool("/nowhere/at/all");
    const auto volume = private_of_app1();
    CHECK_FALSE(pool->usage());
    CHECK(pool->list().empty());
    CHECK(failure_of([&] { pool->create(volume); }) == Failure::failed);
    CHECK(failure_of([&] { pool->verify(volume); }) == Failure::failed);
    CHECK(failure_of([&] { pool->start(volume); }) == Failure::failed);
    CHECK_FALSE(pool->is_started(volume));
    pool->stop(volume);
    pool->abort(volume);
    pool->remove(volume);
    CHECK_FALSE(exists(scratch_root() + "/nowhere"));
}
