// SPDX-License-Identifier: GPL-2.0-or-later
//
// Block devices of dom0, plugged into real virtual machines: a loop device of this machine becomes
// a disk of theirs, and is theirs no more.

#include "calls/machine.hpp"
#include "calls/world.hpp"
#include "support/catch.hpp"
#include "support/disk_tree.hpp"
#include "support/file_systems.hpp"
#include "support/loop_device.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::uintmax_t disk_size = std::uintmax_t{4} << 20U;

// A file that a loop device is made of.
std::string backing_file(const ScratchRoot& root)
{
    std::string path = root.below("/disk.img");
    std::ofstream{path} << "what a qube is to see";
    std::filesystem::resize_file(path, disk_size);
    return path;
}

// One loop device, which the list of dom0's disks names.
struct Host : Machine {
    explicit Host(const std::string& guest = guest_that_lets_go(),
                  const std::string& store = store_without_network())
        : Machine{store, guest}, loop{backing_file(root)}, tree{root.path()}
    {
        if (loop.path().empty())
            return;
        struct stat facts {};
        REQUIRE(::stat(loop.path().c_str(), &facts) == 0);
        name = loop.path().substr(loop.path().rfind('/') + 1);
        tree.add(name, minor(facts.st_rdev), disk_size / 512);
        tree.write("/proc/self/mountinfo", "27 1 8:0 / / rw - ext4 /dev/sda rw\n");
        root.write("/etc/qubes/mgmt-dom0-block.list", "# for qubes\n/dev/" + name + "\n/dev/sdx\n");
        for (const char* const place : {"/dev", "/etc/qubes/mgmt-dom0-block.list"})
            REQUIRE(::chmod(root.below(place).c_str(), 0755) == 0);
        struct stat owner {};
        REQUIRE(::stat(root.path().c_str(), &owner) == 0);
        REQUIRE(::chown(root.below("/dev/" + name).c_str(), owner.st_uid, owner.st_gid) == 0);
        device = "dom0+" + name;
        works = ::access(root.below("/dev/" + name).c_str(), R_OK) == 0;
    }

    [[nodiscard]] bool can_run() const
    {
        if (works)
            return true;
        WARN("skipped: there is no loop device to be had here");
        return false;
    }

    [[nodiscard]] Ask attach(const std::string& options = "") const
    {
        return {"work", "vm.device.block.Attach", device, options};
    }
    [[nodiscard]] Ask detach() const { return {"work", "vm.device.block.Detach", device}; }
    // The disk of that name in the live document; empty: there is none.
    [[nodiscard]] std::string disk(std::string_view target) const
    {
        const std::string xml = session.live_xml(work_uuid);
        const auto at = xml.find("<target dev='" + std::string{target} + "'");
        if (at == std::string::npos)
            return {};
        const auto begin = xml.rfind("<disk ", at);
        return xml.substr(begin, xml.find("</disk>", at) - begin);
    }
    // What Linux says of its disks: how many it had at first, then each time that they changed.
    [[nodiscard]] std::vector<std::ptrdiff_t> counts_of_disks() const
    {
        std::vector<std::ptrdiff_t> counts;
        std::istringstream console{root.read("/run/qubes-mgmt/console/work.log")};
        for (std::string line; std::getline(console, line);) {
            const auto at = line.find(line.starts_with("GUEST UP: ") ? "disks:" : "GUEST SEES:");
            if (at != std::string::npos)
                counts.push_back(
                    std::count(line.begin() + static_cast<std::ptrdiff_t>(at), line.end(), 'v'));
        }
        return counts;
    }
    [[nodiscard]] bool said(const std::string& text) const
    {
        return wait_for_sign_of_life(root.below("/run/qubes-mgmt/console/work.log"),
                                     Deadline::in(std::chrono::seconds{120}), text);
    }

    Loop loop;
    DiskTree tree;
    std::string name;
    std::string device;
    bool works = false;
};

} // namespace

TEST_CASE("vm.device.block: a disk of dom0 is plugged into a real guest, and lets go of it")
{
    const Host host;
    if (!host.can_run())
        return;
    host.gives({"dom0", "vm.device.block.Available"}, host.device + "\n");
    host.gives({"work", "vm.Start"});
    host.await_guest("work");
    host.gives(host.attach());
    const std::string disk = host.disk("vdi");
    CHECK(disk.find("type='block'") != std::string::npos);
    CHECK(disk.find("<source dev='" + host.root.below("/dev/" + host.name) + "'") !=
          std::string::npos);
    CHECK(disk.find("<readonly/>") == std::string::npos);
    host.gives({"work", "vm.device.block.List"}, host.device + "\n");
    host.gives(host.attach());

    host.gives({"mgr", "vm.Start"});
    host.fails({"mgr", "vm.device.block.Attach", host.device}, failure::device_attached);

    host.gives(host.detach());
    CHECK(host.disk("vdi").empty());
    host.gives({"work", "vm.device.block.List"});
    host.fails(host.detach(), failure::device_not_assigned);
    host.gives({"mgr", "vm.device.block.Attach", host.device, "read-only=yes"});
    host.gives({"mgr", "vm.Kill"});
    host.gives({"mgr", "vm.device.block.List"});
    host.gives(host.attach("read-only=yes"));
    CHECK(host.disk("vdi").find("<readonly/>") != std::string::npos);
    host.gives({"work", "vm.Kill"});
}

TEST_CASE(
    "vm.device.block: a guest that does not answer an unplug keeps the disk, and that is said")
{
    const Host host{guest_that_ignores()};
    if (!host.can_run())
        return;
    host.root.configure("hypervisor = qemu:///session\nstore-dialect = current\n");
    host.gives({"work", "vm.Start"});
    host.await_guest("work");
    host.gives(host.attach("persistent=yes"));
    const std::string store = host.root.store();
    const Outcome refused = host.session.run_call(host.detach());
    CHECK(refused.status == static_cast<int>(Failure::timeout));
    CHECK(refused.err.find("still attached") != std::string::npos);
    CHECK(!host.disk("vdi").empty());
    CHECK(host.root.store() == store);
    host.gives({"work", "vm.device.block.List"}, host.device + "\n");
    host.gives({"work", "vm.Kill"});

    // It is given for good: the next run has it, too, in whatever run it was not to be had.
    host.gives({"work", "vm.Start"});
    CHECK(!host.disk("vdi").empty());
    host.gives({"work", "vm.Kill"});
    host.tree.write("/sys/devices/virtual/block/" + host.name + "/holders/dm-0", "");
    host.gives({"work", "vm.Start"});
    CHECK(host.disk("vdi").empty());
    host.gives({"work", "vm.Kill"});
    host.gives(host.detach());
}

TEST_CASE("vm.device.block: a guest has from its start what it requires, or does not start")
{
    const Host host;
    if (!host.can_run())
        return;
    host.gives({"work", "vm.device.block.Assign", host.device, "mode=required read-only=yes"});
    host.gives({"work", "vm.Start"});
    CHECK(host.disk("vdi").find("<readonly/>") != std::string::npos);
    host.gives({"work", "vm.device.block.List"}, host.device + "\n");
    host.fails(host.detach(), failure::not_halted);
    host.gives({"work", "vm.Kill"});
    host.tree.write("/sys/devices/virtual/block/" + host.name + "/holders/dm-0", "");
    const Outcome refused = host.session.run_call({"work", "vm.Start"});
    check_refusal(refused, "mgmt.vm.Start", Failure::failed);
    CHECK(refused.err.find("its disk '" + host.name + "'") != std::string::npos);
    host.gives(host.detach());
    host.gives({"work", "vm.Start"});
    CHECK(host.disk("vdi").empty());
    host.gives({"work", "vm.Kill"});
}

TEST_CASE("vm.device.block: what dom0 uses is not exposed, and cannot be attached")
{
    const Host host;
    if (!host.can_run())
        return;
    host.gives({"work", "vm.Start"});
    const std::string sysfs = "/sys/devices/virtual/block/" + host.name;
    const auto hidden = [&] {
        host.gives({"dom0", "vm.device.block.Available"});
        host.fails(host.attach(), failure::device_not_found);
    };
    host.tree.write("/proc/self/mountinfo",
                    "27 1 8:0 / / rw - ext4 /dev/sda rw\n28 1 0:5 / /mnt rw - btrfs /dev/" +
                        host.name + " rw\n");
    hidden();
    host.tree.write("/proc/self/mountinfo", "27 1 8:0 / / rw - ext4 /dev/sda rw\n");
    // An image of a pool, which a qube may have as a volume of its own.
    host.tree.write(sysfs + "/loop/backing_file",
                    host.root.below("/var/lib/qm-lvm/appvms/work/private.img") + "\n");
    hidden();
    host.tree.write(sysfs + "/loop/backing_file", "/elsewhere.img\n");
    host.tree.write("/etc/qubes/mgmt-dom0-block.list", "/dev/sdx\n");
    hidden();
    host.tree.write("/etc/qubes/mgmt-dom0-block.list", "/dev/" + host.name + "\n");
    host.gives(host.attach());
    host.gives({"work", "vm.Kill"});
}

TEST_CASE("vm.device.block: Linux sees a disk come, and go")
{
    const Host host{guest_image(), store_without_network()};
    if (!host.can_run())
        return;
    const std::string kernels = host.root.below("/var/lib/qubes/vm-kernels");
    const std::string script = packaged_program("linux-guest");
    const char* const home = std::getenv("HOME");
    const Outcome made = run({.program = script,
                              .words = {script, kernels},
                              .environment = {{"HOME", home == nullptr ? "/root" : home},
                                              {"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}}});
    INFO(made.err);
    if (made.status == 77) {
        WARN("skipped: Debian's kernel cannot be had here");
        return;
    }
    REQUIRE(made.status == 0);
    const std::string version = made.out.substr(0, made.out.find('\n'));
    host.gives({"work", "vm.property.Set", "kernel", version});
    host.gives({"work", "vm.property.Set", "virt_mode", "pvh"});
    host.gives({"work", "vm.property.Set", "memory", "160"});
    host.gives({"work", "vm.Start"});
    REQUIRE(host.said("GUEST UP: Linux"));
    host.gives(host.attach());
    CHECK(host.said("GUEST SEES:"));
    const auto came = host.counts_of_disks();
    REQUIRE(came.size() == 2);
    CHECK(came[1] == came[0] + 1);
    host.gives(host.detach());
    const auto end = Deadline::in(std::chrono::seconds{60});
    while (host.counts_of_disks().size() == 2 && !end.passed())
        std::this_thread::sleep_for(std::chrono::milliseconds{200});
    const auto went = host.counts_of_disks();
    REQUIRE(went.size() == 3);
    CHECK(went[2] == went[0]);
    host.gives({"work", "vm.Kill"});
}
