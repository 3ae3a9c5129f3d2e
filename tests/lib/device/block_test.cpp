// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/block.hpp"
#include "support/catch.hpp"

#include <string>

using namespace qmgmt;

TEST_CASE("block: a port is a node below /dev, and never leads out of it")
{
    CHECK(block_node("sda") == "/dev/sda");
    CHECK(block_node("nvme0n1p2") == "/dev/nvme0n1p2");
    CHECK(block_node("mapper_data-1") == "/dev/mapper/data-1");
    CHECK(block_node("dm-1.x") == "/dev/dm-1.x");
    CHECK(block_node(std::string(64, 'a')));
    for (const char* const bad : {"", ".", "..", ".._etc_passwd", "a_.._b", "a_.b", "_a", "a_",
                                  "a__b", "a/b", "a b", "a\n", "caf\xc3\xa9", "*"}) {
        INFO(bad);
        CHECK(!block_node(bad));
    }
    CHECK(!block_node(std::string(65, 'a')));
}
