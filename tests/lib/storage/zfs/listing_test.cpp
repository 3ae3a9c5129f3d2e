// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lines as `zfs list -Hp` writes them, taken from the manual pages of OpenZFS 2.x, not from a real
// ZFS.

#include "storage/zfs/listing.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("zfs: what a listing says", "[storage]")
{
    const auto listing = parse_listing(
        "a warning of some library\n"
        "t/q/a\tfilesystem\t-\t-\t98304\t98304\t-\t40\t-\toff\t-\t-\n"
        "t/q/a/root\tvolume\t1048576\t16384\t57344\t4096\tt/q/t1/root@x\t41\t-\ton\ton\t-\n"
        "t/q/a/root@late\tsnapshot\t1048576\t-\t57344\t0\t-\t90\ton\ton\ton\tt/q/b,t/q/c\n"
        "t/q/a/root@early\tsnapshot\t524288\t-\t57344\t8192\t-\t50\toff\ton\ton\t\n",
        "cannot look");
    REQUIRE(listing.size() == 2);
    CHECK_FALSE(listing.at("t/q/a").is_volume);
    CHECK_FALSE(listing.at("t/q/a").dirty);
    const auto& root = listing.at("t/q/a/root");
    CHECK(root.is_volume);
    CHECK(root.size == 1'048'576);
    CHECK(root.block == 16'384);
    CHECK(root.usage == 57'344);
    CHECK(root.written == 4'096);
    CHECK(root.origin == "t/q/t1/root@x");
    CHECK_FALSE(root.writable);
    CHECK(root.dirty);
    REQUIRE(root.snapshots.size() == 2);
    CHECK(root.snapshots[0].name == "early"); // by the order in which they were made
    CHECK(root.snapshots[0].size == 524'288);
    CHECK(root.snapshots[0].written == 8'192);
    CHECK_FALSE(root.snapshots[0].condemned);
    CHECK(root.snapshots[0].clones.empty());
    CHECK(root.snapshots[1].condemned);
    CHECK(root.snapshots[1].clones == std::vector<std::string>{"t/q/b", "t/q/c"});
    CHECK(parse_listing("", "cannot look").empty());
}

TEST_CASE("zfs: a listing that is not understood is no listing", "[storage]")
{
    for (const char* output :
         {"t/q/a\tvolume\n", "t/q/a\tvolume\t1G\t-\t0\t0\t-\t1\t-\toff\t-\t-\n",
          "t/q/a\tvolume\t1\t-\t0\t0\t-\t1\t-\toff\t-\t-\tmore\n"}) {
        INFO(output);
        CHECK(exception_of([&] { static_cast<void>(parse_listing(output, "cannot look")); }) ==
              failure::storage.exception);
    }
}
