// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/pool.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/file_systems.hpp"

#include <sys/statvfs.h>

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("pool: drivers and what becomes of those we have not", "[storage]")
{
    static_cast<void>(scratch_root()); // a program reads the root in force once
    const auto exception = [](const std::string& driver) {
        return exception_of([&] {
            static_cast<void>(open_pool({"lp", driver, {{"dir_path", "/p"}}}));
        });
    };
    CHECK(exception("file-reflink") == "nothing thrown");
    CHECK(exception("linux-kernel") == "nothing thrown");
    CHECK(exception("file") == "nothing thrown");
    for (const char* known : {"zfs", "lvm_thin"}) // they want options
        CHECK(exception(known) == failure::storage.exception);
    for (const char* unknown : {"", "callback", "File-Reflink"})
        CHECK(exception(unknown) == failure::storage.exception);
}

TEST_CASE("pool: options are checked", "[storage]")
{
    static_cast<void>(scratch_root()); // a program reads the root in force once
    const auto open = [](std::map<std::string, std::string> options) {
        return failure_of([&] { static_cast<void>(open_pool({"p", "file-reflink", options})); });
    };
    CHECK_FALSE(open({{"dir_path", "/p"}}));
    CHECK_FALSE(open({{"dir_path", "/p..x/.y/"}, {"revisions_to_keep", "-1"}}));
    CHECK(open({}) == Failure::failed);
    for (const char* path : {"", "p", "/", "//", "/p/..", "/p/../q", "/./p", "/a b", "/a\n"}) {
        INFO(path);
        CHECK(open({{"dir_path", path}}) == Failure::failed);
    }
    for (const char* keep : {"", "-2", "1x", "+1", " 1", "99999999999"}) {
        INFO(keep);
        CHECK(open({{"dir_path", "/p"}, {"revisions_to_keep", keep}}) == Failure::failed);
    }
}

TEST_CASE("storage.md 1: vids of new volumes, and how many revisions they keep", "[storage]")
{
    static_cast<void>(scratch_root()); // a program reads the root in force once
    const auto plain = open_pool({"p", "file-reflink", {{"dir_path", "/p"}}});
    CHECK(plain->new_vid("appvms", "app1", "private") == "appvms/app1/private");
    CHECK(plain->new_vid("vm-templates", "t1", "root") == "vm-templates/t1/root");
    CHECK(plain->default_revisions_to_keep() == 1);
    const auto more =
        open_pool({"p", "file-reflink", {{"dir_path", "/p"}, {"revisions_to_keep", "7"}}});
    CHECK(more->default_revisions_to_keep() == 7);
}

TEST_CASE("pool: its directory lies below the root in force and tells its usage", "[storage]")
{
    const auto dir_path = new_pool_on("plain");
    REQUIRE(dir_path);
    const auto pool = open_pool({"p", "file-reflink", {{"dir_path", *dir_path}}});
    const auto usage = pool->usage();
    struct statvfs facts {};
    REQUIRE(::statvfs(on_disk(*dir_path).c_str(), &facts) == 0);
    REQUIRE(usage);
    CHECK(usage->size == std::uint64_t{facts.f_frsize} * facts.f_blocks);
    CHECK(usage->usage > 0);
    CHECK(usage->usage < usage->size);
}
