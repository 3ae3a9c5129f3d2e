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
