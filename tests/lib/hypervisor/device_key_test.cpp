// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/device_key.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

// As libvirt writes it.
const std::string domain = R"(<domain type='xen'><name>work</name><devices>
  <disk type='block' device='disk'><source dev='/dev/x'/><target dev='xvda' bus='xen'/></disk>
  <interface type='ethernet'><mac address='00:16:3e:5e:6c:0a'/></interface>
  <hostdev mode='subsystem' type='pci' managed='yes'>
    <source><address domain='0x0000' bus='0x00' slot='0x1b' function='0x0'/></source>
    <address type='pci' domain='0x0000' bus='0x07' slot='0x01' function='0x0'/>
  </hostdev>
</devices></domain>)";

bool has(const char* device)
{
    return DeviceKey{device}.is_in(domain);
}

} // namespace

TEST_CASE("device key: a domain has the device that the key means, however it is written")
{
    CHECK(has("<disk><source file='/elsewhere'/><target dev='xvda'/></disk>"));
    CHECK(!has("<disk><source dev='/dev/x'/><target dev='xvdb'/></disk>"));
    CHECK(has("<interface><mac address='00:16:3E:5E:6C:0A'/></interface>"));
    CHECK(!has("<interface><mac address='00:16:3e:5e:6c:0b'/></interface>"));
    CHECK(has("<hostdev type='pci'><source><address bus='0' slot='27'/></source></hostdev>"));
    CHECK(has("<hostdev type='pci'><source><address domain='0x0' bus='0x0' slot='0x1b' "
              "function='0x0'/></source></hostdev>"));
    CHECK(!has("<hostdev type='pci'><source><address bus='7' slot='1'/></source></hostdev>"));
}

TEST_CASE("device key: what cannot be told from other devices is refused")
{
    for (const char* const device :
         {"", "<disk>", "<disk/>", "<interface type='user'/>", "<hostdev type='pci'/>",
          "<hostdev type='usb'><source><address bus='1' device='2'/></source></hostdev>",
          "<watchdog model='i6300esb'/>"}) {
        INFO(device);
        CHECK(failure_of([&] { static_cast<void>(DeviceKey{device}); }) == Failure::internal);
    }
    const DeviceKey key{"<disk><target dev='vdi'/></disk>"};
    CHECK(failure_of([&] { static_cast<void>(key.is_in("<domain>")); }) == Failure::failed);
}
