// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/disk_name.hpp"
#include "support/catch.hpp"

using namespace qmgmt;

TEST_CASE("block: names of disks are xvd or sd, one or two letters and a number")
{
    for (const char* const good : {"xvda", "xvdzz", "xvda1", "xvdab99", "sda", "sdb12"}) {
        INFO(good);
        CHECK(is_disk_name(good));
    }
    for (const char* const bad : {"", "xvd", "sd", "xvdabc", "xvda123", "xvd1", "hda", "xvdA",
                                  "sda-", "sda1b", " sda", "sda "}) {
        INFO(bad);
        CHECK(!is_disk_name(bad));
    }
}

TEST_CASE("firewall-devices.md V14: a CD-ROM is xvdd, unless that is used", "[device]")
{
    CHECK(free_disk_name({"xvda", "xvdb", "xvdc"}, true) == "xvdd");
    CHECK(free_disk_name({"xvda", "xvdb", "xvdc", "xvdd"}, true) == "xvdi");
    CHECK(free_disk_name({}, false) == "xvdi");
}

TEST_CASE("firewall-devices.md V16: names go from xvdi to xvdzz, then to those of system volumes",
          "[device]")
{
    std::set<std::string> used;
    for (const char letter : std::string_view{"abcdijklmnopqrstuvwxyz"})
        used.insert(std::string{"xvd"} + letter);
    CHECK(free_disk_name(used, false) == "xvdaa");
    std::set<std::string> all;
    std::vector<std::string> order;
    while (const auto name = free_disk_name(all, false)) {
        CHECK(is_disk_name(*name));
        all.insert(*name);
        order.push_back(*name);
    }
    REQUIRE(order.size() == 26 + 26 * 26);
    CHECK(order[17] == "xvdz");
    CHECK(order[18] == "xvdaa");
    CHECK(order[693] == "xvdzz");
    CHECK(order[694] == "xvda");
    CHECK(order.back() == "xvdh");
    CHECK_FALSE(free_disk_name(all, true));
}
