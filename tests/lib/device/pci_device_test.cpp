// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/pci/device.hpp"
#include "support/catch.hpp"

using namespace qmgmt;

namespace {

PciDevice of_class(std::uint32_t klass)
{
    return {.address = {}, .port = PciPort::flat({}), .klass = klass};
}

} // namespace

TEST_CASE("PCI device: its class says what it is", "[device]")
{
    CHECK(of_class(0x060400).is_bridge());
    CHECK(of_class(0x060000).is_bridge());
    CHECK(!of_class(0x020600).is_bridge());
    CHECK(of_class(0x030000).is_display());
    CHECK(of_class(0x038000).is_display());
    CHECK(!of_class(0x040300).is_display());
    CHECK(!of_class(0x000300).is_display());
}

TEST_CASE("PCI device: disks may be behind whatever is not known for having none", "[device]")
{
    for (const std::uint32_t klass : {0x010601U, 0x010802U, 0x010400U, 0x0c0330U, 0x0c0400U,
                                      0x060400U, 0x000000U, 0x088000U, 0x0e0000U, 0xff0000U}) {
        INFO(klass);
        CHECK(of_class(klass).may_have_disks());
    }
    for (const std::uint32_t klass :
         {0x020000U, 0x028000U, 0x030000U, 0x040300U, 0x070002U, 0x090000U, 0x0d1100U}) {
        INFO(klass);
        CHECK(!of_class(klass).may_have_disks());
    }
}

TEST_CASE("PCI device: an id names the interfaces of its device", "[device]")
{
    CHECK(is_display("0x8086:0xa348::p030000"));
    CHECK(is_display("0x8086:0xa348:serial:p040300p030200"));
    CHECK(is_display(of_class(0x030200).id()));
    for (const char* const other : {"", "*", "p030000", "0x8086:0xa348::p040300", "a:b::xp03000",
                                    "a:b::p03", "p030000:b::p040300", "0000:0000::?******"}) {
        INFO(other);
        CHECK(!is_display(other));
    }
}
