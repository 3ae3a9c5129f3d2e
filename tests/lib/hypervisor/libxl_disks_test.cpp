// SPDX-License-Identifier: GPL-2.0-or-later
//
// Disks of other qubes on Xen: who attaches and detaches them, and what a domain is said to have.
// The real Xen is in tests/xen.

#include "base/error.hpp"
#include "hypervisor/libxl_disks.hpp"
#include "hypervisor/xen/disks_of_others.hpp"
#include "lib/hypervisor/xen_double.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <algorithm>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const Uuid work = *Uuid::parse("00000000-0000-0000-0000-000000000001");
const Uuid usb = *Uuid::parse("00000000-0000-0000-0000-000000000002");

std::string disk_xml(const std::string& target, const std::string& backend)
{
    return "<disk type=\"block\"><source dev=\"/dev/" + target + "\"/>" +
           (backend.empty() ? "" : "<backenddomain name=\"" + backend + "\"/>") + "<target dev=\"" +
           target + "\"/></disk>";
}

std::string domain_xml(const std::vector<std::string>& disks)
{
    std::string text = "<domain><devices>";
    for (const std::string& disk : disks)
        text += disk;
    return text + "<console/></devices></domain>";
}

libxl::XenDisk disk_of(unsigned backend, const std::string& name, const std::string& target)
{
    return {.backend = backend, .backend_name = name, .path = "/dev/sda", .target = target};
}

// Xen, where the domain 5 is "work" and the domain 3 has disks, and a libvirt.
struct Machine {
    Machine()
    {
        XenDouble& xen = new_xen_double();
        xen.domains = {xen_domain(0, Uuid{}), xen_domain(3, usb), xen_domain(5, work)};
        xen.disks[5] = {xen_disk(0, "xvda")};
        config.attach = std::chrono::milliseconds{15'000};
    }

    LibxlDisks::Libvirt libvirt()
    {
        return {[this] {
                    ++changes;
                    asked_at_change = std::ranges::count(xen_double().asked, "disk_remove");
                    if (act)
                        act();
                },
                [this] { return domain_xml({description}); }, keeps_backend};
    }
    void attach() { disks.attach(work, plan, libvirt()); }
    void detach() { disks.detach(work, plan, libvirt()); }
    [[nodiscard]] std::vector<std::string> targets() const
    {
        std::vector<std::string> found;
        for (const qmgmt_xen_disk& disk : xen_double().disks[5])
            found.emplace_back(disk.target);
        return found;
    }

    HypervisorConfig config;
    libxl::Session session{config, [this]() -> const qmgmt_xen& {
                               if (missing)
                                   throw Error{failure::unsupported, "not available"};
                               return xen_double_functions();
                           }};
    LibxlDisks disks{session};
    BlockPlan plan{.path = "/dev/sda", .backend = "domain 3", .target = "xvdi"};
    bool missing = false;
    bool keeps_backend = true;
    std::string description = disk_xml("xvda", "");
    std::function<void()> act;
    int changes = 0;
    long asked_at_change = 0; // how often Xen was asked to remove a disk before libvirt's turn
};

using Names = std::vector<std::string>;

void fail()
{
    throw Error{failure::vm_failed, "cannot attach the device"};
}

} // namespace

TEST_CASE("libxl disks: a domain is said to have the disks of others that Xen says it has")
{
    const std::string known = domain_xml({disk_xml("xvda", ""), disk_xml("xvdi", "usb")});
    const auto said = [&](const std::vector<libxl::XenDisk>& disks) {
        return with_disks_of_others(known, disks);
    };
    const libxl::XenDisk root = disk_of(0, "Domain-0", "xvda");
    const auto has = [](const std::string& xml, const std::string& text) {
        return xml.find(text) != std::string::npos;
    };

    std::string xml = said({root, disk_of(3, "usb", "xvdi")});
    CHECK(has(xml, "xvda"));
    CHECK(has(xml, "xvdi"));
    CHECK(has(xml, "<console"));

    libxl::XenDisk added = disk_of(3, "usb", "xvdj");
    added.writable = false;
    added.cdrom = true;
    xml = said({root, disk_of(3, "usb", "xvdi"), added});
    CHECK(has(xml, "device=\"cdrom\""));
    CHECK(has(xml, "<source dev=\"/dev/sda\""));
    CHECK(has(xml, "<target dev=\"xvdj\""));
    CHECK(has(xml, "<readonly"));
    CHECK(has(xml, "<backenddomain name=\"usb\""));

    CHECK_FALSE(has(said({root}), "xvdi")); // libvirt's is no more
    // dom0's are libvirt's to say, whatever Xen has.
    CHECK(has(said({disk_of(3, "usb", "xvdi")}), "xvda"));
    CHECK_FALSE(has(said({root, disk_of(0, "Domain-0", "xvdk")}), "xvdk"));
    // A backend that is gone: whose it was, libvirt alone may know.
    CHECK(has(said({root, disk_of(7, "", "xvdi")}), "<backenddomain name=\"usb\""));
    CHECK_FALSE(has(said({root, disk_of(7, "", "xvdk")}), "xvdk"));
    CHECK(dead_disks(known, {root, disk_of(7, "", "xvdi"), disk_of(7, "", "xvdk")}) ==
          Names{"xvdk"});
    CHECK(failure_of([&] { static_cast<void>(with_disks_of_others("<", {root})); }) ==
          Failure::failed);
}

TEST_CASE("libxl disks: what Xen says is added to libvirt's description")
{
    Machine machine;
    const std::string xml = domain_xml({});
    xen_double().disks[5].push_back(xen_disk(3, "xvdi"));
    CHECK(machine.disks.described(work, xml).find("<backenddomain name=\"domain 3\"") !=
          std::string::npos);
    // One that does not run, and one that has none.
    CHECK(machine.disks.described(Uuid::random(), xml) == xml);
    CHECK(machine.disks.described(usb, xml) == xml);
    xen_double().failing["disk_list"] = QMGMT_XEN_INTERNAL;
    CHECK(machine.disks.described(work, xml) == xml);
    CHECK(machine.disks.described(work, xml) == xml); // and Xen is not asked again
}

TEST_CASE("libxl disks: libvirt attaches them if it remembers whose they are, else Xen does")
{
    Machine machine;
    SECTION("by libvirt")
    {
        machine.attach();
        CHECK(machine.changes == 1);
        CHECK(machine.targets() == Names{"xvda"});
    }
    SECTION("by Xen")
    {
        machine.keeps_backend = false;
        machine.plan.writable = false;
        machine.attach();
        CHECK(machine.changes == 0);
        CHECK(machine.targets() == Names{"xvda", "xvdi"});
        const qmgmt_xen_disk& disk = xen_double().disks[5].back();
        CHECK(disk.backend == 3);
        CHECK(disk.writable == 0);
        CHECK(std::string{disk.path} == "/dev/sda");
        REQUIRE(xen_double().limits.size() == 1);
        CHECK(xen_double().limits[0] > 14'000); // but for what it took until then
        CHECK(xen_double().limits[0] <= 15'000);
        machine.detach();
        CHECK(machine.changes == 0);
        CHECK(machine.targets() == Names{"xvda"});
    }
    SECTION("by Xen, which says what goes wrong")
    {
        machine.keeps_backend = false;
        machine.plan.backend = "nobody";
        CHECK(failure_of([&] { machine.attach(); }) == Failure::failed);
        xen_double().failing["disk_add"] = QMGMT_XEN_TIMEOUT;
        CHECK(failure_of([&] { machine.attach(); }) == Failure::timeout);
    }
    SECTION("by nobody, where neither can")
    {
        machine.keeps_backend = false;
        machine.missing = true;
        CHECK(failure_of([&] { machine.attach(); }) == Failure::unsupported);
        CHECK(machine.changes == 0);
    }
    SECTION("a name that is taken stays whose it is")
    {
        for (const bool keeps : {true, false}) {
            machine.keeps_backend = keeps;
            xen_double().disks[5] = {xen_disk(3, "xvdi")};
            CHECK(failure_of([&] { machine.attach(); }) == Failure::in_use);
            CHECK(machine.targets() == Names{"xvdi"});
        }
        CHECK(machine.changes == 0);
    }
    SECTION("what a backend that is gone has left makes room")
    {
        xen_double().disks[5] = {xen_disk(9, "xvdi"), xen_disk(9, "xvdj")};
        machine.description = disk_xml("xvdj", "somebody"); // libvirt's to remove
        machine.attach();
        CHECK(machine.changes == 1);
        CHECK(machine.targets() == Names{"xvdj"});
    }
}

TEST_CASE("libxl disks: what libvirt could not attach is taken back")
{
    Machine machine;
    SECTION("when it has left something")
    {
        machine.act = [] {
            xen_double().disks[5].push_back(xen_disk(3, "xvdi"));
            fail();
        };
        CHECK(failure_of([&] { machine.attach(); }) == Failure::failed);
        CHECK(machine.targets() == Names{"xvda"});
    }
    SECTION("and only then")
    {
        machine.act = fail;
        CHECK(failure_of([&] { machine.attach(); }) == Failure::failed);
        CHECK(std::ranges::count(xen_double().asked, "disk_remove") == 0);
    }
    SECTION("if it cannot be, the first failure counts")
    {
        machine.act = [] {
            xen_double().disks[5].push_back(xen_disk(3, "xvdi"));
            xen_double().failing["disk_remove"] = QMGMT_XEN_TIMEOUT;
            fail();
        };
        CHECK(failure_of([&] { machine.attach(); }) == Failure::failed);
    }
}

TEST_CASE("libxl disks: Xen detaches them, then libvirt takes note")
{
    Machine machine;
    xen_double().disks[5].push_back(xen_disk(3, "xvdi"));
    SECTION("in this order")
    {
        machine.detach();
        CHECK(machine.changes == 1);
        CHECK(machine.asked_at_change == 1);
        CHECK(machine.targets() == Names{"xvda"});
    }
    SECTION("whether it does or not")
    {
        machine.act = fail;
        machine.detach();
        CHECK(machine.targets() == Names{"xvda"});
    }
    SECTION("if Xen cannot, it is not done")
    {
        xen_double().failing["disk_remove"] = QMGMT_XEN_TIMEOUT;
        CHECK(failure_of([&] { machine.detach(); }) == Failure::timeout);
        CHECK(machine.changes == 0);
        CHECK(machine.targets() == Names{"xvda", "xvdi"});
    }
    SECTION("libvirt alone, where Xen does not have it or cannot be asked")
    {
        xen_double().disks[5].pop_back();
        machine.detach();
        machine.missing = true;
        machine.detach();
        CHECK(machine.changes == 2);
        machine.act = fail;
        CHECK(failure_of([&] { machine.detach(); }) == Failure::failed);
        CHECK(std::ranges::count(xen_double().asked, "disk_remove") == 0);
    }
}
