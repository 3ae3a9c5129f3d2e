// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/device_key.hpp"
#include "hypervisor/host_devices.hpp"
#include "hypervisor/xen/document.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr PciPlan sound{.domain = 0, .bus = 0, .slot = 0x1f, .function = 3};

std::string domain_with(const std::string& devices)
{
    return "<domain><devices>" + devices + "</devices></domain>";
}

} // namespace

TEST_CASE("hypervisor: a PCI device by itself is what a document says of it")
{
    CHECK(xen_host_device_xml(sound, true, {.qubes = true}) ==
          "<hostdev type=\"pci\" managed=\"yes\">\n"
          "  <source>\n"
          "    <address domain=\"0x0000\" bus=\"0x00\" slot=\"0x1f\" function=\"0x3\" />\n"
          "  </source>\n"
          "</hostdev>\n");
    PciPlan easy = sound;
    easy.strict_reset = false;
    easy.permissive = true;
    const std::string full = xen_host_device_xml(easy, false, {.qubes = true});
    CHECK(full.find("nostrictreset=\"yes\"") != std::string::npos);
    CHECK(full.find("<source writeFiltering=\"no\" powerManagementFiltering=\"no\">") !=
          std::string::npos);
    const std::string stock = xen_host_device_xml(easy, false, {.qubes = false});
    CHECK(stock.find("nostrictreset") == std::string::npos);
    CHECK(stock.find("<source writeFiltering=\"no\">") != std::string::npos);
    CHECK(DeviceKey{full}.is_in(domain_with(stock)));
}

TEST_CASE("hypervisor: the PCI devices of a document, with their options")
{
    PciPlan easy{.domain = 1, .bus = 0xa, .slot = 2, .function = 7, .strict_reset = false};
    easy.permissive = true;
    const auto found =
        host_devices(domain_with("<disk type='block'/><hostdev type='usb'><source/></hostdev>" +
                                 xen_host_device_xml(sound, true, {.qubes = true}) +
                                 "<hostdev type='pci'><source/></hostdev>" +
                                 xen_host_device_xml(easy, true, {.qubes = true})));
    REQUIRE(found.size() == 2);
    CHECK(found[0].domain == 0);
    CHECK(found[0].slot == 0x1f);
    CHECK(found[0].function == 3);
    CHECK(found[0].strict_reset);
    CHECK_FALSE(found[0].permissive);
    CHECK(found[1].domain == 1);
    CHECK(found[1].bus == 0xa);
    CHECK(found[1].function == 7);
    CHECK_FALSE(found[1].strict_reset);
    CHECK(found[1].permissive);
    CHECK(host_devices(domain_with("")).empty());
    CHECK(failure_of([] { return host_devices("no document"); }) == Failure::failed);
}
