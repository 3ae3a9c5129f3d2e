// SPDX-License-Identifier: GPL-2.0-or-later
//
// PCI devices of qubes that run: firewall-devices.md 2.9. Before a libvirt that says it drives Xen,
// with a sysfs and a xenstore of the tests' own; qrexec is a stand-in.

#include "calls/simulated.hpp"
#include "support/catch.hpp"
#include "support/fake_qrexec.hpp"
#include "support/pci_tree.hpp"
#include "support/xenstore_files.hpp"

#include <algorithm>
#include <filesystem>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;
using simulated::with_property;

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr const char* attach = "vm.device.pci.Attach";
constexpr const char* detach = "vm.device.pci.Detach";
constexpr const char* list = "vm.device.pci.List";
const std::string sound = "dom0+00_1f.3";
const std::string card = "dom0+00_1c.4-00_00.0"; // 0000:03:00.0

std::string store(std::string_view mode)
{
    return with_property(simulated::store_without_network(), "work", "virt_mode", mode);
}

// `work` runs. dom0 has a sound device, a network card behind a bridge, a controller of disks and
// one of USB; its root is on a disk of the former.
struct PciHost : Host {
    explicit PciHost(std::string_view mode = "pv", bool run = true)
        : Host{store(mode), "store-dialect = current\nqubesdb = dir\nqrexec = auto\n"}
    {
        hypervisor.change([](fake::World& world) { world.type = "Xen"; });
        const PciTree tree{root.below("/sys")};
        tree.add("pci0000:00/0000:00:1f.3", "040300", "8086", "a348");
        tree.add("pci0000:00/0000:00:17.0", "010601", "8086", "a352");
        tree.add("pci0000:00/0000:00:14.0", "0c0330", "8086", "a36d");
        tree.add_bridge("pci0000:00/0000:00:1c.4", "3");
        tree.add("pci0000:00/0000:00:1c.4/0000:03:00.0", "020000", "10ec", "8168");
        const std::string disk = "/devices/pci0000:00/0000:00:17.0/ata1/block/sda";
        root.write("/sys" + disk + "/dev", "8:0\n");
        root.write("/dev/sda", "");
        fs::create_directories(root.below("/sys/class/block"));
        fs::create_symlink("../.." + disk, root.below("/sys/class/block/sda"));
        root.write("/proc/self/mountinfo", "27 1 8:0 / / rw - ext4 /dev/sda rw\n");
        if (XenstoreFiles::possible())
            xenstore.emplace(root);
        add_qrexec(root);
        if (run)
            gives({"work", "vm.Start"}, "");
        hypervisor.forget_log();
    }

    // In the store's old form: without mode, and by the place on the bus that it has now.
    void require_card() const
    {
        const std::string text = root.store();
        const auto name = text.find("<property name=\"name\">work</property>");
        root.set_store(std::string{text}.insert(
            text.find("<tags>", name),
            R"(<devices class="pci"><device backend-domain="dom0" id="03_00.0"/></devices>)"));
    }
    // As the back end of Xen writes it down.
    void has(std::string_view qube, const std::string& address, const std::string& place,
             std::string_view value) const
    {
        const std::string back_end = "/local/domain/0/backend/pci/7/0/";
        xenstore->write(back_end + "domain", qube);
        xenstore->write(back_end + "num_devs", "1");
        xenstore->write(back_end + "dev-0", address);
        if (!place.empty())
            xenstore->write(back_end + place, value);
    }
    [[nodiscard]] std::string ran() const { return root.read("/qrexec/ran"); }
    void refuses(const Ask& ask, Failure kind, std::string_view why = "") const
    {
        INFO(describe(ask));
        const Outcome outcome = run_call(root, ask);
        check_refusal(outcome, full_name(ask.call), kind);
        INFO(outcome.err);
        CHECK(outcome.err.find(why) != std::string::npos);
        CHECK(hypervisor.orders(work_uuid).empty());
    }

    std::optional<XenstoreFiles> xenstore;
};

bool has_xenstore()
{
    const bool possible = XenstoreFiles::possible();
    if (!possible)
        WARN("skipped: built without libxl, so that nothing asks a xenstore");
    return possible;
}

} // namespace

TEST_CASE("vm.device.pci.Attach: the device is taken from dom0, and handed to the domain "
          "(firewall-devices.md 2.9)")
{
    const PciHost host;
    host.gives({"work", attach, card, "permissive=yes no-strict-reset=no"}, "");
    CHECK(host.hypervisor.orders() ==
          Words{"take pci_0000_03_00_0 done", "attach " + std::string{work_uuid} + " done"});
    const std::string xml = host.hypervisor.live_xml(work_uuid);
    CHECK(xml.find("<hostdev type=\"pci\" managed=\"yes\">") != std::string::npos);
    CHECK(xml.find("<source writeFiltering=\"no\">") != std::string::npos);
    CHECK(xml.find("bus=\"0x03\" slot=\"0x00\" function=\"0x0\"") != std::string::npos);
    host.gives({"work", list}, card + "\n");
    CHECK(host.count("work", "device-attach:pci") == 1);

    // The same, by any of its names; with other options; as today's clients.
    host.gives({"work", attach, card, "permissive=yes"}, "");
    host.gives({"work", attach, "dom0+03_00.0", "permissive=on"}, "");
    check_refusal(run_call(host.root, {"work", attach, card}), "mgmt.vm.device.pci.Attach",
                  Failure::in_use);
    check_exception(run_call(host.root, {"work", "admin.vm.device.pci.Attach", card}),
                    failure::device_attached);
    CHECK(host.hypervisor.orders(work_uuid).size() == 1);
    host.gives({"work", list, "dom0+03_00.0"}, card + "\n");
}

TEST_CASE("vm.device.pci.Attach: a device that pciback has already is not taken again")
{
    const PciHost host;
    fs::create_symlink("../../../bus/pci/drivers/pciback",
                       host.root.below("/sys/bus/pci/devices/0000:00:1f.3/driver"));
    host.gives({"work", attach, sound}, "");
    CHECK(host.hypervisor.orders() == Words{"attach " + std::string{work_uuid} + " done"});
}

TEST_CASE("vm.device.pci.Attach: where libvirt cannot take it, the kernel is told; what neither "
          "can is said")
{
    const PciHost host;
    host.hypervisor.trouble("fail take 0 3/0/0 before"); // not supported
    host.refuses({"work", attach, sound}, Failure::failed, "cannot be taken");
    const std::string drivers = "/sys/bus/pci/drivers/";
    host.root.write(drivers + "snd/unbind", "");
    host.root.write(drivers + "pciback/new_slot", "");
    host.root.write(drivers + "pciback/bind", "");
    fs::create_symlink("../../../bus/pci/drivers/snd",
                       host.root.below("/sys/bus/pci/devices/0000:00:1f.3/driver"));
    host.refuses({"work", attach, sound}, Failure::failed, "cannot be taken");
    CHECK(host.root.read(drivers + "snd/unbind") == "0000:00:1f.3");
    CHECK(host.root.read(drivers + "pciback/new_slot") == "0000:00:1f.3");
    CHECK(host.root.read(drivers + "pciback/bind") == "0000:00:1f.3");
}

TEST_CASE("vm.device.pci.Attach: a domain that cannot have it leaves it to dom0")
{
    const PciHost host;
    host.hypervisor.trouble("fail attach 1 1/35/0 before");
    const Outcome outcome = run_call(host.root, {"work", attach, sound});
    check_refusal(outcome, "mgmt.vm.device.pci.Attach", Failure::failed);
    CHECK(host.hypervisor.orders() == Words{"take pci_0000_00_1f_3 done",
                                            "attach " + std::string{work_uuid} + " failed 1/35",
                                            "give pci_0000_00_1f_3 done"});
    host.gives({"work", list}, "");
    CHECK(host.count("work", "device-attach:pci") == 0);
}

TEST_CASE("firewall-devices.md V28: a pvh qube has no PCI devices")
{
    const PciHost host{"pvh"};
    host.refuses({"work", attach, sound}, Failure::bad_value, "pvh");
    host.refuses({"work", attach, sound, "persistent=yes"}, Failure::bad_value, "pvh");
    CHECK(host.reply({"work", list}).empty());
    CHECK(host.hypervisor.orders().empty());
}

TEST_CASE("firewall-devices.md V29: no qube has a bridge, nor what dom0's disks are behind")
{
    const PciHost host;
    host.refuses({"work", attach, "dom0+00_1c.4"}, Failure::denied);
    host.refuses({"work", attach, "dom0+00_17.0"}, Failure::denied);
    host.refuses({"work", attach, "dom0+00_17.0", "persistent=yes"}, Failure::denied);
    // Where nobody can tell, it is whatever may have some.
    host.root.write("/proc/self/mountinfo", "27 1 0:30 / / rw - zfs rpool/dom0 rw\n");
    host.refuses({"work", attach, "dom0+00_14.0"}, Failure::denied, "may have disks of dom0");
    host.refuses({"work", attach, "dom0+00_17.0"}, Failure::denied);
    CHECK(host.hypervisor.orders().empty());
    host.gives({"work", attach, card}, "");
}

TEST_CASE("firewall-devices.md V30: only dom0 has PCI devices to give")
{
    const PciHost host;
    for (const char* const device :
         {"sys-net+00_1f.3", "nosuch+00_1f.3", "dom0+00_1f.4", "dom0+zzz", "work+00_1f.3"})
        host.refuses({"work", attach, device}, Failure::not_found);
}

TEST_CASE("vm.device.pci.Attach: options, states and whom it is for (firewall-devices.md 2.5)")
{
    const PciHost host;
    host.refuses({"work", attach, sound, "read-only=yes"}, Failure::bad_value);
    host.refuses({"work", attach, sound, "permissive=perhaps"}, Failure::bad_value);
    host.refuses({"work", attach, sound, "permissive=yes permissive=no"}, Failure::protocol);
    host.refuses({"mgr", attach, sound}, Failure::wrong_state);
    host.refuses({"dom0", attach, sound}, Failure::bad_value);
    host.refuses({"work", attach, "00_1f.3"}, Failure::protocol);
    host.refuses({"work", detach, sound}, Failure::not_found);
}

TEST_CASE("vm.device.pci.Attach: what another domain has is in use, as xenstore says, else libvirt")
{
    if (!has_xenstore())
        return;
    const PciHost host;
    host.has("sys-net", "0000:00:1f.3", "", "");
    host.refuses({"work", attach, sound}, Failure::in_use, "another qube");
    host.xenstore->remove();
    host.gives({"work", attach, sound}, "");
    host.gives({"sys-firewall", "vm.property.Set", "virt_mode", "pv"}, "");
    host.gives({"sys-firewall", "vm.Start"}, "");
    check_refusal(run_call(host.root, {"sys-firewall", attach, sound}), "mgmt.vm.device.pci.Attach",
                  Failure::in_use);
}

TEST_CASE("vm.device.pci.Detach: the guest lets go first, of what it sees where it sees it")
{
    if (!has_xenstore())
        return;
    struct Row {
        const char* place;
        const char* value;
        const char* slot;
    };
    for (const Row& row :
         {Row{"vdev-0", "0000:00:00.00", "00:00.0"}, Row{"vdevfn-0", "28", "00:05.0"}}) {
        INFO(row.place);
        const PciHost host;
        host.gives({"work", attach, card}, "");
        host.has("work", "0000:03:00.0", row.place, row.value);
        host.gives({"work", detach, "dom0+03_00.0"}, "");
        CHECK(host.ran() ==
              "work root:QUBESRPC qubes.DetachPciDevice dom0 < " + std::string{row.slot} + "\n");
        CHECK(host.hypervisor.orders(work_uuid) == Words{"attach done", "detach done"});
        host.gives({"work", list}, "");
        CHECK(host.count("work", "device-detach:pci") == 1);
    }
}

TEST_CASE("vm.device.pci.Detach: a guest that does not let go keeps it")
{
    if (!has_xenstore())
        return;
    const PciHost host;
    host.gives({"work", attach, card}, "");
    const auto keeps = [&] {
        check_refusal(run_call(host.root, {"work", detach, card}), "mgmt.vm.device.pci.Detach",
                      Failure::failed);
        CHECK(host.hypervisor.orders(work_uuid) == Words{"attach done"});
        host.gives({"work", list}, card + "\n");
    };
    keeps(); // xenstore does not say where the guest has it
    CHECK(host.ran().empty());
    host.has("work", "0000:03:00.0", "vdev-0", "0000:00:00.00");
    set_service(host.root, "qubes.DetachPciDevice", "exit 127");
    keeps();
    set_service(host.root, "qubes.DetachPciDevice", "exit 1");
    keeps();
    fs::remove(host.root.below(qrexec_client_path));
    keeps();
    add_qrexec(host.root);
    host.gives({"work", "vm.Pause"}, "");
    check_refusal(run_call(host.root, {"work", detach, card}), "mgmt.vm.device.pci.Detach",
                  Failure::wrong_state);
}

TEST_CASE("firewall-devices.md V33: a device that a qube requires stays while it runs")
{
    const PciHost host;
    host.gives({"work", attach, card, "persistent=yes"}, "");
    check_refusal(run_call(host.root, {"work", detach, card}), "mgmt.vm.device.pci.Detach",
                  Failure::wrong_state);
    host.gives({"work", list}, card + "\n");
    host.gives({"work", "vm.Kill"}, "");
    host.gives({"work", list}, card + "\n");
    host.gives({"work", detach, "dom0+03_00.0"}, "");
    host.gives({"work", list}, "");
}

TEST_CASE("firewall-devices.md V34: an entry of the store without mode is required, by either form "
          "of its port")
{
    const PciHost host{"pv", false};
    host.require_card();
    host.gives({"work", list}, card + "\n");
    host.gives({"work", "vm.Start"}, "");
    CHECK(host.hypervisor.live_xml(work_uuid).find("bus=\"0x03\"") != std::string::npos);
    host.gives({"work", list}, card + "\n");
    check_refusal(run_call(host.root, {"work", detach, card}), "mgmt.vm.device.pci.Detach",
                  Failure::wrong_state);
    host.gives({"work", attach, card, "persistent=yes"}, ""); // it is so already
    host.gives({"work", "vm.Kill"}, "");
    host.gives({"work", detach, card}, "");
    CHECK(host.root.store().find("03_00.0") == std::string::npos);
}

TEST_CASE("vm.device.pci.Attach: only Xen hands PCI devices over")
{
    const PciHost host;
    host.hypervisor.change([](fake::World& world) { world.type = "QEMU"; });
    host.refuses({"work", attach, sound}, Failure::unsupported);
}

TEST_CASE(
    "vm.Start: a device that the qube requires is taken from dom0, which has it again only when "
    "the qube never ran")
{
    const PciHost host{"pv", false};
    host.require_card();
    const auto orders = [&](const char* which) {
        const auto all = host.hypervisor.orders();
        return std::ranges::count(all, which + std::string{" pci_0000_03_00_0 done"});
    };
    SECTION("it ran")
    {
        host.gives({"work", "vm.Start"}, "");
        host.gives({"work", "vm.Kill"}, "");
        CHECK(orders("take") == 1);
        CHECK(orders("give") == 0);
    }
    SECTION("its domain cannot be made")
    {
        host.hypervisor.trouble("fail create 1 1/35/0 before");
        check_refusal(run_call(host.root, {"work", "vm.Start"}), "mgmt.vm.Start", Failure::failed);
        CHECK(orders("take") == 1);
        CHECK(orders("give") == 1);
    }
}

TEST_CASE("vm.device.pci.Assign: the way to a device is stored, also for one named by its place")
{
    const PciHost host{"pv", false};
    const auto assigned = [&] { return host.reply({"work", "vm.device.pci.Assigned"}); };
    host.gives({"work", "vm.device.pci.Assign", "dom0+03_00.0", "mode=required"}, "");
    CHECK(assigned().find(card) != std::string::npos);
    host.gives({"work", "vm.device.pci.Set.assignment", card, "required"}, "");
    host.gives({"work", "vm.device.pci.Unassign", "dom0+03_00.0"}, "");
    CHECK(assigned().empty());
}
