// SPDX-License-Identifier: GPL-2.0-or-later
//
// Documents for Xen against those in golden/, to the byte. After a change that is meant, with every
// difference looked at: test-hypervisor '[write-golden]'

#include "lib/hypervisor/xen_plans.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <pugixml.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

std::string file_of(const std::string& name)
{
    return QMGMT_TEST_GOLDEN "/" + name + ".xml";
}

std::string content(const std::string& path)
{
    std::ostringstream text;
    text << std::ifstream{path, std::ios::binary}.rdbuf();
    return text.str();
}

// The targets of all disks, with what they are.
std::string disks(const DomainPlan& plan)
{
    const std::string text = xen_domain_xml(plan, stock_libvirt);
    pugi::xml_document document;
    REQUIRE(document.load_string(text.c_str()));
    std::string found;
    for (const auto& disk : document.select_nodes("/domain/devices/disk"))
        found += std::string{disk.node().child("target").attribute("dev").value()} + "=" +
                 disk.node().child("source").attribute("dev").value() + " ";
    return found;
}

std::string command_line(const DomainPlan& plan)
{
    const std::string text = xen_domain_xml(plan, stock_libvirt);
    pugi::xml_document document;
    REQUIRE(document.load_string(text.c_str()));
    return document.select_node("/domain/os/cmdline").node().text().get();
}

} // namespace

TEST_CASE("hypervisor.md 45: every kind of domain has the document that is kept")
{
    for (const XenCase& one : xen_cases()) {
        INFO(one.name);
        CHECK(xen_domain_xml(one.plan, one.dialect) == content(file_of(one.name)));
    }
}

TEST_CASE("xen xml: no document is kept that nothing makes")
{
    std::set<std::string> kept;
    for (const auto& entry : std::filesystem::directory_iterator{QMGMT_TEST_GOLDEN})
        kept.insert(entry.path().filename().string());
    std::set<std::string> made;
    for (const XenCase& one : xen_cases())
        CHECK(made.insert(one.name + ".xml").second);
    CHECK(kept == made);
}

TEST_CASE("xen xml: write the documents", "[.][write-golden]")
{
    for (const XenCase& one : xen_cases())
        std::ofstream{file_of(one.name), std::ios::binary} << xen_domain_xml(one.plan, one.dialect);
}

TEST_CASE("xen xml: what the libvirt at hand would drop is refused, or not written")
{
    CHECK(failure_of([] { static_cast<void>(xen_domain_xml(hvm_plan(), stock_libvirt)); }) ==
          Failure::unsupported);
    DomainPlan plan = pvh_plan();
    plan.virt_mode = "pv";
    plan.xen.pci = {{.bus = 2, .strict_reset = false, .permissive = true}};
    plan.xen.power_management = false;
    const std::string stock = xen_domain_xml(plan, stock_libvirt);
    for (const char* const dropped : {"nostrictreset", "powerManagementFiltering", "qubes-block"})
        CHECK(stock.find(dropped) == std::string::npos);
    CHECK(stock.find("writeFiltering=\"no\"") != std::string::npos);

    plan.xen.blocks = {{.path = "/dev/sda", .backend = "sys-usb"}};
    CHECK(failure_of([&] {
              static_cast<void>(xen_domain_xml(plan, {.qubes = true, .disk_backend = false}));
          }) == Failure::unsupported);
}

TEST_CASE("xen xml: volumes have their letters, others the first free one from xvdi")
{
    DomainPlan plan = pvh_plan();
    plan.disks = {{"more", "/m", true, true, {}},
                  {"kernel", "/k", true, false, {}},
                  {"root", "/r", true, true, {}},
                  {"yet-more", "/y", true, true, {}}};
    plan.xen.blocks = {{.path = "/1"}, {.path = "/2", .target = "xvdi"}, {.path = "/3"}};
    CHECK(disks(plan) == "xvda=/r xvdd=/k xvde=/m xvdf=/y xvdj=/1 xvdi=/2 xvdk=/3 ");

    plan.xen.blocks = {{.path = "/1", .target = "xvdd"}};
    CHECK(failure_of([&] { static_cast<void>(disks(plan)); }) == Failure::failed);
    plan.xen.blocks = {{.path = "/1", .target = "sda"}, {.path = "/2", .target = "sda"}};
    CHECK(failure_of([&] { static_cast<void>(disks(plan)); }) == Failure::failed);
}

TEST_CASE("xen xml: a CD-ROM stands where the modules of a kernel would, unless they do")
{
    DomainPlan plan = pvh_plan();
    plan.xen.blocks = {{.path = "/c", .cdrom = true}};
    CHECK(disks(plan).ends_with("xvdd=" + plan.disks[3].path + " xvdi=/c "));
    plan.kernel.reset();
    CHECK(disks(plan).ends_with(" xvdi=/c ")); // somebody else's is there
    plan.disks.pop_back();
    CHECK(disks(plan).ends_with(" xvdd=/c "));
    plan.xen.blocks.push_back({.path = "/d", .cdrom = true});
    CHECK(disks(plan).ends_with(" xvdd=/c xvdi=/d "));
}

TEST_CASE("xen xml: there are 702 names for disks")
{
    DomainPlan plan = pvh_plan();
    plan.xen.blocks.resize(702 - plan.disks.size());
    const std::string all = disks(plan);
    CHECK(all.find(" xvdzz=") != std::string::npos);
    CHECK(all.ends_with(" xvdh= ")); // those before xvdi come last
    plan.xen.blocks.emplace_back();
    CHECK(failure_of([&] { static_cast<void>(disks(plan)); }) == Failure::failed);
}

TEST_CASE("xen xml: the options of a kernel fit what Xen hands over, or the start is refused")
{
    DomainPlan plan = pvh_plan();
    plan.xen.common_options = false;
    plan.kernel->options = std::string(1023, 'x');
    CHECK(command_line(plan) == plan.kernel->options);
    plan.xen.security = "selinux";
    CHECK(failure_of([&] { static_cast<void>(command_line(plan)); }) == Failure::failed);
}

TEST_CASE("xen xml: an hvm that owns devices has all its memory at once, and hotplug needs a limit")
{
    DomainPlan plan = hvm_plan();
    plan.xen.pci = {{.bus = 2}};
    const auto memory = [](const DomainPlan& of) {
        pugi::xml_document document;
        REQUIRE(document.load_string(xen_domain_xml(of, libvirt_of_qubes).c_str()));
        const auto domain = document.child("domain");
        return std::string{domain.child("maxMemory").text().get()} + "/" +
               domain.child("memory").text().get() + "/" +
               domain.child("currentMemory").text().get();
    };
    CHECK(memory(plan) == "/400/400");
    plan.xen.memory_hotplug = true;
    CHECK(memory(plan) == "/400/400");
    plan.xen.pci.clear();
    CHECK(memory(plan) == "4000/400/400");
    plan.maxmem_mib = 0;
    CHECK(memory(plan) == "/400/400");
}

TEST_CASE(
    "xen xml: an interface by itself is as in the document, and by its MAC alone to detach it")
{
    const DomainPlan plan = pvh_plan();
    CHECK(xen_interface_xml({.mac = plan.mac, .ip = plan.ip, .ip6 = "::1", .backend = "net"}) ==
          R"(<interface type="ethernet">
  <mac address="00:16:3e:5e:6c:00" />
  <ip address="10.137.0.12" />
  <ip address="::1" family="ipv6" />
  <backenddomain name="net" />
  <script path="vif-route-qubes" />
</interface>
)");
    CHECK(xen_interface_xml({.mac = plan.mac}) == R"(<interface type="ethernet">
  <mac address="00:16:3e:5e:6c:00" />
  <script path="vif-route-qubes" />
</interface>
)");
}

TEST_CASE("firewall-devices.md V05 V10: a disk by itself is as in the document of a domain")
{
    const XenDialect all{.qubes = true, .disk_script = true, .disk_backend = true};
    CHECK(xen_disk_xml({.path = "/dev/sda", .backend = "sys-usb", .target = "xvdi"}, all) ==
          R"(<disk type="block" device="disk">
  <driver name="phy" />
  <source dev="/dev/sda" />
  <target dev="xvdi" />
  <backenddomain name="sys-usb" />
  <script path="/etc/xen/scripts/qubes-block" />
</disk>
)");
    CHECK(xen_disk_xml({.path = "/dev/sr0",
                        .backend = "sys-usb",
                        .target = "xvdj",
                        .cdrom = true,
                        .writable = false,
                        .script = false},
                       all) == R"(<disk type="block" device="cdrom">
  <driver name="phy" />
  <source dev="/dev/sr0" />
  <target dev="xvdj" />
  <readonly />
  <backenddomain name="sys-usb" />
</disk>
)");
}
