// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/id_names.hpp"
#include "support/catch.hpp"

using namespace qmgmt;

namespace {

constexpr std::string_view table = "# a comment\n"
                                   "\n"
                                   "10ec  Realtek Semiconductor Co., Ltd.\n"
                                   "\t8168  RTL8111/8168/8411\n"
                                   "\t\t1028 0283  a subsystem\n"
                                   "\ta348  of another vendor\n"
                                   "1b36  Red Hat, Inc.\n"
                                   "8086  Intel Corporation\n"
                                   "\t8168  of another vendor\n"
                                   "\ta348  Cannon Lake \"PCH\" caf\xc3\xa9\n"
                                   "C 04  Multimedia controller\n"
                                   "\t03  Audio device\n"
                                   "1234  after the vendors\n";

} // namespace

TEST_CASE("names of hardware: of vendors and of their products", "[device]")
{
    const std::vector<HardwareId> devices{HardwareId{0x8086, 0xa348}, HardwareId{0x10ec, 0x8168},
                                          HardwareId{0x10ec, 0x0001}, HardwareId{0x1234, 0x0003},
                                          HardwareId{0x04, 0x03}};
    const IdNames names{table, devices};
    CHECK(names.vendor(devices[0]) == "Intel Corporation");
    CHECK(names.product(devices[0]) == "Cannon Lake \"PCH\" caf__");
    CHECK(names.vendor(devices[1]) == "Realtek Semiconductor Co., Ltd.");
    CHECK(names.product(devices[1]) == "RTL8111/8168/8411");
    CHECK(names.vendor(devices[2]) == "Realtek Semiconductor Co., Ltd.");
    CHECK(names.product(devices[2]).empty());
    CHECK(names.vendor(devices[3]).empty());
    CHECK(names.vendor(devices[4]).empty());
    CHECK(names.product(devices[4]).empty());
}

TEST_CASE("names of hardware: a table that is broken gives what it can", "[device]")
{
    const std::vector<HardwareId> devices{HardwareId{0x8086, 0xa348}};
    for (const std::string_view text :
         {"", "\n", "8086", "8086 ", "8086  ", "8086 Intel", "8086Intel", "\ta348  orphan\n",
          "8087  other\n\ta348  of the other"}) {
        INFO(text);
        const IdNames names{text, devices};
        CHECK(names.vendor(devices[0]).empty());
        CHECK(names.product(devices[0]).empty());
    }
    const IdNames cut{"8086  Intel\n\t\xff\n\ta348  Cannon", devices};
    CHECK(cut.vendor(devices[0]) == "Intel");
    CHECK(cut.product(devices[0]) == "Cannon");
    const IdNames lengthy{"8086  " + std::string(10'000, 'x'), devices};
    CHECK(lengthy.vendor(devices[0]).size() == 256);
}
