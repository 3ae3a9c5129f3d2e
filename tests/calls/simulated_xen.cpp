// SPDX-License-Identifier: GPL-2.0-or-later
//
// What becomes of a qube of the store as a domain of Xen: calls before a libvirt that says it
// drives Xen, and that keeps every document as it is.

#include "calls/simulated.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"
#include "support/pci_tree.hpp"
#include "support/store_view.hpp"
#include "support/xenstore_files.hpp"

#include <pugixml.hpp>

#include <filesystem>
#include <sstream>
#include <sys/stat.h>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;
using simulated::with_feature;
using simulated::with_property;

namespace {

using Words = std::vector<std::string>;

constexpr std::string_view question_uuid = "b1c5d0b6-6f0e-4a54-9f0b-7a4f3b6f0d21";
constexpr std::string_view kernel = "/var/lib/qubes/vm-kernels/4.8.12-12/";

const Ask start{"work", "vm.Start"};

// The fixture in the present dialect, with a `work` of that mode.
std::string store(std::string_view mode, const std::string& from = simulated::store())
{
    return with_property(from, "work", "virt_mode", mode);
}

std::string store_without_network(std::string_view mode)
{
    return store(mode, simulated::store_without_network());
}

// `text` with devices of a class for `work`.
std::string with_devices(std::string text, std::string_view klass, std::string_view devices)
{
    const auto name = text.find("<property name=\"name\">work</property>");
    const auto tags = text.find("<tags>", name);
    return text.insert(tags, "<devices class=\"" + std::string{klass} + "\">" +
                                 std::string{devices} + "</devices>");
}

class XenHost : public Host {
public:
    explicit XenHost(const std::string& text, std::string_view lines = "")
        : Host{text, "store-dialect = current\nqubesdb = dir\n" + std::string{lines}}
    {
        hypervisor.change([](fake::World& world) { world.type = "Xen"; });
    }

    // What the domain was started with.
    [[nodiscard]] pugi::xml_document document(std::string_view uuid = work_uuid) const
    {
        pugi::xml_document document;
        REQUIRE(document.load_string(hypervisor.live_xml(uuid).c_str()));
        return document;
    }
    [[nodiscard]] std::string at(const char* xpath, std::string_view uuid = work_uuid) const
    {
        const auto document = this->document(uuid);
        const auto found = document.select_node(xpath);
        return found.attribute() ? found.attribute().value() : found.node().text().get();
    }
    // All that the path leads to.
    [[nodiscard]] Words all(const char* xpath, std::string_view uuid = work_uuid) const
    {
        Words words;
        const auto document = this->document(uuid);
        for (const auto& found : document.select_nodes(xpath))
            words.emplace_back(found.attribute().value());
        return words;
    }
    [[nodiscard]] bool nothing_was_done() const { return hypervisor.orders().empty(); }
};

bool has_xenstore()
{
    const bool possible = XenstoreFiles::possible();
    if (!possible)
        WARN("skipped: built without libxl, so that nothing asks a xenstore");
    return possible;
}

// It has a xenstore, too, where one can be had.
class HostWithXenstore : public XenHost {
public:
    explicit HostWithXenstore(const std::string& text, std::string_view lines = "")
        : XenHost{text, lines}
    {
        if (XenstoreFiles::possible())
            xenstore.emplace(root);
    }

    // The node of the most memory that `work` may be given; it runs.
    [[nodiscard]] std::string limit() const
    {
        return "/local/domain/" + std::to_string(hypervisor.domain(work_uuid).id) +
               "/memory/hotplug-max";
    }

    std::optional<XenstoreFiles> xenstore;
};

// 03_00.0, behind a bridge.
void add_network_card(const XenHost& host)
{
    const PciTree tree{host.root.below("/sys")};
    tree.add_bridge("pci0000:00/0000:00:1c.4", "3");
    tree.add("pci0000:00/0000:00:1c.4/0000:03:00.0", "020000", "10ec", "8168");
}

std::string started_options(const std::string& text, std::string_view common = "")
{
    const XenHost host{text};
    if (!common.empty())
        host.root.write(std::string{kernel} + "default-kernelopts-common.txt", common);
    host.gives(start, "");
    return host.at("/domain/os/cmdline");
}

} // namespace

TEST_CASE("xen: a pvh qube starts as its properties say, with its netvm behind its interface")
{
    const XenHost host{store("pvh")};
    host.gives(start, "");
    CHECK(host.state("work") == "Running");
    CHECK(host.at("/domain/@type") == "xen");
    CHECK(host.at("/domain/os/type") == "xenpvh");
    CHECK(host.at("/domain/os/kernel") == host.root.below(std::string{kernel} + "vmlinuz"));
    CHECK(host.at("/domain/currentMemory") == "600");
    CHECK(host.all("/domain/devices/disk/target/@dev") == Words{"xvda", "xvdb", "xvdc", "xvdd"});
    CHECK(host.all("/domain/devices/disk[readonly]/target/@dev") == Words{"xvda", "xvdd"});
    CHECK(host.at("//interface/mac/@address") == "00:16:3e:5e:6c:00");
    CHECK(host.at("//interface/ip/@address") == "10.137.0.4");
    CHECK(host.at("//interface/backenddomain/@name") == "sys-firewall");
    CHECK(host.at("//interface/script/@path") == "vif-route-qubes");
    CHECK(host.at("/domain/metadata/*/@qid") == "4");
    CHECK(host.all("//interface/backenddomain/@name", firewall_uuid) == Words{"sys-net"});
    CHECK(host.all("//interface/backenddomain/@name", net_uuid).empty());
}

TEST_CASE("xen: what libvirt knows is asked once, and nothing of the question stays")
{
    const XenHost host{store_without_network("hvm")};
    host.gives(start, "");
    CHECK(host.hypervisor.orders(question_uuid) == Words{"define done", "undefine done"});
    CHECK(host.hypervisor.domain(question_uuid).state == -1);
    host.gives({"work", "vm.Kill"}, "");
    host.gives(start, "");
    CHECK(host.hypervisor.orders(question_uuid).size() == 2);
}

TEST_CASE("xen: an hvm without stub domains is refused before anything starts")
{
    const XenHost host{store("hvm"), "qubes-libvirt = no\n"};
    host.write_hooks_down();
    const Outcome outcome = run(remote_command(host.root, start));
    check_refusal(outcome, "mgmt.vm.Start", Failure::unsupported);
    CHECK(outcome.err.find("HVM needs stub domains") != std::string::npos);
    CHECK(host.nothing_was_done());
    CHECK(host.hooks_run().empty());
    host.check_tidy("work", work_uuid);

    const XenHost others{store_without_network("pv"), "qubes-libvirt = no\n"};
    others.gives(start, "");
    CHECK(others.at("/domain/os/type") == "linux");
}

TEST_CASE("xen: an hvm has its devices, and a device model as its features say")
{
    std::string text =
        with(store_text_on_files(), R"(<feature name="qrexec">1</feature>)",
             R"(<feature name="qrexec"/><feature name="video-model">cirrus</feature>)"
             R"(<feature name="stubdom-qrexec">1</feature>)");
    for (const auto& [name, value] : {std::pair{"qemu-extra-args", "-device \"x\" & <y>"},
                                      {"timezone", "LocalTime"},
                                      {"uefi", "1"},
                                      {"audio-model", "ich6"}})
        text = with_feature(text, "sys-net", name,
                            std::string_view{value} == "-device \"x\" & <y>"
                                ? "-device \"x\" &amp; &lt;y&gt;"
                                : value);
    text = with_property(text, "sys-net", "stubdom_mem", "144");
    text = with_property(text, "sys-net", "debug", "True");
    const XenHost host{text};
    const PciTree tree{host.root.below("/sys")};
    tree.add("pci0000:00/0000:00:19.0", "028000", "8086", "a370");
    tree.add("pci0000:00/0000:03:00.0", "030000", "10de", "1b80");
    host.gives({"sys-net", "vm.Start"}, "");
    const auto at = [&](const char* xpath) { return host.at(xpath, net_uuid); };
    const auto all = [&](const char* xpath) { return host.all(xpath, net_uuid); };
    CHECK(at("/domain/os/type") == "hvm");
    CHECK(at("/domain/os/loader/@type") == "pflash");
    CHECK(at("/domain/memory") == "400");
    CHECK(at("/domain/features/xen/e820_host/@state") == "on");
    CHECK(at("/domain/clock/@basis") == "localtime");
    CHECK(at("//emulator/@cmdline") ==
          "-qubes-audio:audiovm_xid=0 -device \"x\" & <y> -trace xen_platform_log");
    CHECK(at("//emulator/@memory") == "147456");
    CHECK(at("//emulator/@ramdisk").ends_with("full-rootfs"));
    CHECK(at("//sound/@model") == "ich6");
    CHECK(at("//video/model/@type") == "cirrus");
    CHECK(at("//graphics/@log_level") == "2");
    CHECK(all("//graphics/@domain").empty()); // dom0 shows it
    CHECK(all("//hostdev/source/address/@bus") == Words{"0x00", "0x03"});
    CHECK(all("//hostdev/@nostrictreset") == Words{"yes"});
    CHECK(at("/domain/os/cmdline").find("nomodeset") == std::string::npos); // it owns a display
}

TEST_CASE("xen: sound and screen of an hvm go to the qubes that have them, while those run")
{
    std::string text = with_property(store_without_network("hvm"), "work", "guivm", "sys-net");
    text = with_property(text, "work", "audiovm", "sys-net");
    const XenHost host{text};
    host.gives(start, "");
    CHECK(host.all("//graphics/@domain").empty());
    CHECK(host.at("//emulator/@cmdline") == "-qubes-audio:audiovm_xid=-1");
    host.gives({"work", "vm.Kill"}, "");
    host.gives({"sys-net", "vm.Start"}, "");
    host.gives(start, "");
    CHECK(host.at("//graphics/@domain") == "sys-net");
    CHECK(host.at("//emulator/@cmdline") ==
          "-qubes-audio:audiovm_xid=" + std::to_string(host.hypervisor.domain(net_uuid).id));
}

TEST_CASE("xen: a device that must be there and is not, or cannot be had, stops the start")
{
    const auto refused = [](const std::string& text, std::string_view why) {
        const XenHost host{text};
        add_network_card(host);
        const Outcome outcome = run(remote_command(host.root, start));
        check_refusal(outcome, "mgmt.vm.Start", Failure::failed);
        INFO(outcome.err);
        CHECK(outcome.err.find(why) != std::string::npos);
        CHECK(host.nothing_was_done());
        host.check_tidy("work", work_uuid);
    };
    const std::string pv = store_without_network("pv");
    refused(with_devices(pv, "pci", R"(<device backend-domain="dom0" id="00_1f.0"/>)"),
            "its PCI device '00_1f.0' is not there");
    refused(with_devices(pv, "pci", R"(<device backend-domain="dom0" mode="required"/>)"),
            "its PCI device '*' is not there");
    refused(with_devices(pv, "pci", R"(<device backend-domain="sys-net" id="03_00.0"/>)"),
            "its PCI device '03_00.0' is not there");
    refused(with_devices(store_without_network("pvh"), "pci",
                         R"(<device backend-domain="dom0" id="03_00.0"/>)"),
            "a pvh domain cannot have PCI devices");
    refused(with_devices(pv, "block", R"(<device backend-domain="dom0" id="no-such"/>)"),
            "its disk 'no-such' is not there");
    refused(with_devices(pv, "block", R"(<device backend-domain="nobody" id="sda"/>)"),
            "its disk 'sda' is not there");
    refused(with_devices(pv, "block", R"(<device backend-domain="sys-net" id="sda"/>)"),
            "the qube that has its disk 'sda' does not run");
    refused(with_devices(pv, "block",
                         R"(<device backend-domain="sys-net" id="sda">)"
                         R"(<option name="frontend-dev">hda</option></device>)"),
            "cannot have the name");
}

TEST_CASE("xen: a qube never takes a bridge, nor the devices that dom0's disks are behind "
          "(firewall-devices.md 2.9)")
{
    const std::string known = "27 1 8:0 / / rw - ext4 /dev/sda rw\n";
    const std::string unknown = "27 1 0:30 / / rw - zfs rpool/dom0 rw\n";
    // Empty: it starts.
    const auto reason = [](const std::string& port, const std::string& mounts) {
        const XenHost host{with_devices(store_without_network("pv"), "pci",
                                        R"(<device backend-domain="dom0" id=")" + port + R"("/>)")};
        add_network_card(host);
        const PciTree tree{host.root.below("/sys")};
        const std::string disk = "/devices/pci0000:00/0000:00:17.0/ata1/block/sda";
        tree.add("pci0000:00/0000:00:17.0", "010601", "8086", "a352");
        tree.add("pci0000:00/0000:00:14.0", "0c0330", "8086", "a36d");
        host.root.write("/sys" + disk + "/dev", "8:0\n");
        host.root.write("/dev/sda", "");
        std::filesystem::create_directories(host.root.below("/sys/class/block"));
        std::filesystem::create_symlink("../.." + disk, host.root.below("/sys/class/block/sda"));
        if (!mounts.empty())
            host.root.write("/proc/self/mountinfo", mounts);
        const Outcome outcome = run(remote_command(host.root, start));
        if (outcome.status == 0) {
            CHECK(host.all("//hostdev/source/address/@bus").size() == 1);
            return std::string{};
        }
        check_refusal(outcome, "mgmt.vm.Start", Failure::failed);
        CHECK(host.nothing_was_done());
        host.check_tidy("work", work_uuid);
        return outcome.err;
    };
    const std::string no = "mgmt.vm.Start: failed: cannot start 'work': its PCI device ";
    for (const std::string& mounts : {known, unknown})
        CHECK(reason("00_1c.4", mounts) == no + "'00_1c.4' is a bridge\n");
    CHECK(reason("00_17.0", known) == no + "'00_17.0' has disks of dom0 behind it\n");
    CHECK(reason("00_14.0", known).empty());
    CHECK(reason("03_00.0", known).empty());
    // Where nobody can tell, it is whatever may have some.
    for (const std::string& mounts : {unknown, std::string{}}) {
        CHECK(reason("00_17.0", mounts) == no + "'00_17.0' may have disks of dom0 behind it\n");
        CHECK(reason("00_14.0", mounts) == no + "'00_14.0' may have disks of dom0 behind it\n");
        CHECK(reason("03_00.0", mounts).empty());
    }
}

TEST_CASE("xen: a machine that shows no PCI devices has none to give")
{
    const XenHost host{with_devices(store_without_network("pv"), "pci",
                                    R"(<device backend-domain="dom0" id="03_00.0"/>)")};
    const Outcome outcome = run(remote_command(host.root, start));
    check_refusal(outcome, "mgmt.vm.Start", Failure::failed);
    CHECK(outcome.err.find("its PCI device '03_00.0' is not there") != std::string::npos);
}

TEST_CASE("xen: required devices stand in the document, others wait")
{
    std::string text =
        with_devices(store_without_network("pv"), "pci",
                     R"(<device backend-domain="dom0" id="00_1c.4-00_00.0">)"
                     R"(<option name="permissive">True</option></device>)"
                     R"(<device backend-domain="dom0" id="05_00.0" required="no"/>)");
    text = with_devices(text, "block",
                        R"(<device backend-domain="sys-net" id="sda" mode="required">)"
                        R"(<option name="read-only">yes</option></device>)"
                        R"(<device backend-domain="sys-net" id="mapper_cd" mode="required">)"
                        R"(<option name="devtype">cdrom</option>)"
                        R"(<option name="frontend-dev">xvdm</option></device>)"
                        R"(<device backend-domain="sys-net" id="sdb" mode="auto-attach"/>)"
                        R"(<device backend-domain="sys-net" id="sdc" mode="some-day"/>)");
    const XenHost host{text};
    add_network_card(host);
    host.gives({"sys-net", "vm.Start"}, "");
    host.gives(start, "");
    CHECK(host.all("//hostdev/source/address/@bus") == Words{"0x03"});
    CHECK(host.at("//hostdev/source/@writeFiltering") == "no");
    CHECK(host.all("//disk[backenddomain/@name='sys-net']/source/@dev") ==
          Words{"/dev/sda", "/dev/mapper/cd"});
    CHECK(host.all("//disk[backenddomain]/target/@dev") == Words{"xvdi", "xvdm"});
    CHECK(host.all("//disk[backenddomain]/@device") == Words{"disk", "cdrom"});
    CHECK(host.all("//disk[backenddomain and readonly]/target/@dev") == Words{"xvdi"});
}

TEST_CASE("xen: what a kernel is told comes from its directory, the template and the qube")
{
    const std::string pvh = store_without_network("pvh");
    const std::string usual = started_options(pvh);
    CHECK(usual.starts_with("root=/dev/mapper/dmroot ro nomodeset console=hvc0 "));
    CHECK(usual.ends_with(" xen_privcmd.unrestricted swiotlb=2048"));
    CHECK(started_options(pvh, "root=/dev/xvda nomodeset quiet\n") ==
          "root=/dev/xvda nomodeset quiet swiotlb=2048");
    std::string text = with_feature(pvh, "fedora-25", "os", "Linux");
    text = with_feature(text, "fedora-25", "no-nomodeset", "1");
    text = with_feature(text, "work", "apparmor", "1");
    text = with_feature(text, "fedora-25", "selinux", "1");
    text = with_feature(text, "fedora-25", "boot-mode.kernelopts.sysmaint", "boot-role=sysmaint");
    text = with_feature(text, "work", "boot-mode.active", "sysmaint");
    text = with_property(text, "work", "kernelopts", "a=1");
    CHECK(started_options(text, "root=/dev/xvda nomodeset quiet\n") ==
          "systemd.machine_id=5e2d8a348c0b4d77b0f46e3b1f8e0e04 root=/dev/xvda quiet a=1 "
          "apparmor=1 security=apparmor boot-role=sysmaint");
    CHECK(started_options(with_feature(text, "work", "no-default-kernelopts", "1")) ==
          "a=1 apparmor=1 security=apparmor boot-role=sysmaint");
}

TEST_CASE("xen: memory is plugged in where the kernel can do that, or the qube is told to")
{
    const auto maximum = [](const std::string& text, bool kernel_can) {
        const HostWithXenstore host{with_property(text, "work", "maxmem", "1000")};
        if (kernel_can)
            host.root.write(std::string{kernel} + "memory-hotplug-supported", "");
        host.gives(start, "");
        const std::string memory = host.at("/domain/maxMemory") + "/" + host.at("/domain/memory");
        CHECK(host.xenstore->read(host.limit()) ==
              (memory == "/1000" ? std::nullopt : std::optional<std::string>{"1024000"}));
        return memory;
    };
    if (!has_xenstore())
        return;
    const std::string pvh = store_without_network("pvh");
    CHECK(maximum(pvh, false) == "/1000");
    CHECK(maximum(pvh, true) == "1000/600");
    CHECK(maximum(with_feature(pvh, "fedora-25", "memory-hotplug", ""), true) == "/1000");
    CHECK(maximum(with_feature(pvh, "work", "memory-hotplug", "1"), false) == "1000/600");
    CHECK(maximum(store_without_network("hvm"), true) == "/1000");
}

namespace {

const Ask set_limit{"work", "vm.property.Set", "maxmem", "2000"};
const Ask reset_limit{"work", "vm.property.Reset", "maxmem"};

// A qube that memory is plugged into.
std::string store_of_plugged()
{
    return with_feature(with_property(store_without_network("pvh"), "work", "maxmem", "1000"),
                        "work", "memory-hotplug", "1");
}

std::string stored_limit(const Host& host)
{
    return StoreView{host.root.store()}.property("work", "maxmem").value_or("(none)");
}

} // namespace

TEST_CASE("xen: the limit of memory that is plugged in moves while the qube runs")
{
    if (!has_xenstore())
        return;
    const HostWithXenstore host{store_of_plugged()};
    host.gives(start, "");
    const std::string document = host.hypervisor.live_xml(work_uuid);
    const auto has = [&](std::string_view stored, std::string_view limit) {
        CHECK(stored_limit(host) == stored);
        CHECK(host.xenstore->read(host.limit()) == limit);
    };
    has("1000", "1024000");

    const Outcome dry = run_local(host.root, "mgmt.vm.property.Set",
                                  {"--dest=work", "--dry-run", "maxmem"}, "2000");
    CHECK(dry.status == 0);
    has("1000", "1024000");

    host.gives(set_limit, "");
    has("2000", "2048000");
    CHECK(host.count("work", "property-set:maxmem") == 1);
    host.gives({"work", "vm.property.Set", "maxmem", "700"}, "");
    has("700", "716800");

    // Paused, too; and a default is never below what it began with.
    host.gives({"work", "vm.property.Set", "memory", "5000"}, "");
    host.gives({"work", "vm.Pause"}, "");
    host.gives(reset_limit, "");
    has("(none)", "5120000");
    host.gives({"work", "vm.Unpause"}, "");
    CHECK(host.hypervisor.live_xml(work_uuid) == document);

    // What its next run would do is no matter: this one can.
    host.gives({"work", "vm.feature.Set", "memory-hotplug", ""}, "");
    host.gives(set_limit, "");
    has("2000", "2048000");
    host.fails({"work", "vm.property.Set", "maxmem", "0"}, failure::not_halted);
    has("2000", "2048000");

    const std::string node = host.limit();
    host.gives({"work", "vm.Kill"}, "");
    host.gives({"work", "vm.property.Set", "maxmem", "3000"}, "");
    CHECK(host.xenstore->read(node) == "2048000"); // it is halted: its domain is asked for nothing
}

TEST_CASE("xen: maxmem of a qube that runs without plugged memory stays as it is")
{
    if (!has_xenstore())
        return;
    const HostWithXenstore host{
        with_property(store_without_network("pvh"), "work", "maxmem", "1000")};
    host.gives(start, "");
    for (const bool wanted : {false, true}) { // a wish for the next run changes nothing now
        if (wanted)
            host.gives({"work", "vm.feature.Set", "memory-hotplug", "1"}, "");
        for (const Ask& ask : {set_limit, reset_limit})
            host.fails(ask, failure::not_halted);
        CHECK(stored_limit(host) == "1000");
        CHECK_FALSE(host.xenstore->read(host.limit()));
    }
    host.gives({"work", "vm.Kill"}, "");
    host.gives(set_limit, "");
    CHECK(stored_limit(host) == "2000");
}

TEST_CASE("xen: a xenstore that takes nothing costs a line in the log; the next Set repairs it")
{
    if (!has_xenstore())
        return;
    const HostWithXenstore host{store_of_plugged()};
    host.gives(start, "");
    host.xenstore->refuse();
    const std::string journald = "/run/systemd/journal/socket";
    std::filesystem::create_directories(host.root.below("/run/systemd/journal"));
    {
        const Listener listener{host.root.below(journald)};
        host.gives(set_limit, "");
        const std::string logged = listener.next().value_or("");
        INFO(logged);
        CHECK(logged.find("PRIORITY=4\n") != std::string::npos);
        CHECK(logged.find("cannot change the memory limit of 'work': ") != std::string::npos);
        CHECK(logged.find("hotplug-max), ignoring") != std::string::npos);
    }
    CHECK(stored_limit(host) == "2000");
    CHECK(host.xenstore->read(host.limit()) == "1024000");
    host.xenstore->accept();
    host.gives(set_limit, "");
    CHECK(host.xenstore->read(host.limit()) == "2048000");

    host.xenstore->remove(); // nobody can say whether it is plugged in
    host.fails({"work", "vm.property.Set", "maxmem", "3000"}, failure::not_halted);
    CHECK(stored_limit(host) == "2000");
}

TEST_CASE("xen: before the present dialect maxmem of a running qube is its next run's")
{
    if (!has_xenstore())
        return;
    const HostWithXenstore host{store_of_plugged()};
    host.gives(start, "");
    host.root.configure("hypervisor = test:///default\nqubesdb = dir\nstore-dialect = r40\n");
    host.gives(set_limit, "");
    CHECK(stored_limit(host) == "2000");
    CHECK(host.xenstore->read(host.limit()) == "1024000");
}

TEST_CASE("xen: a qube without a kernel of dom0 is booted by a loader, which must be there")
{
    for (const auto& [mode, loader] : {std::pair{"pv", "pvgrub2"}, {"pvh", "pvgrub2-pvh"}}) {
        INFO(mode);
        std::string text = with_property(store_without_network(mode), "work", "kernel", "");
        const XenHost host{text};
        host.fails(start, failure::vm_failed);
        host.root.add_kernel(loader);
        host.gives(start, "");
        CHECK(host.at("/domain/os/kernel") ==
              host.root.below("/var/lib/qubes/vm-kernels/" + std::string{loader} + "/vmlinuz"));
        CHECK(host.document().select_nodes("/domain/os/cmdline | /domain/os/initrd").empty());
        CHECK(host.all("//disk/target/@dev") == Words{"xvda", "xvdb", "xvdc"});
    }
    const XenHost hvm{with_property(store_without_network("hvm"), "work", "kernel", "")};
    hvm.gives(start, "");
    CHECK(hvm.document().select_nodes("/domain/os/kernel | /domain/os/cmdline").empty());
}

TEST_CASE("xen: the interface of a running qube goes and comes with its netvm")
{
    const XenHost host{with_property(store("pvh"), "sys-net", "gateway", "")};
    host.gives(start, "");
    host.gives({"work", "vm.property.Set", "netvm", "sys-net"}, "");
    CHECK(host.all("//interface/backenddomain/@name") == Words{"sys-net"});
    CHECK(host.all("//interface/ip/@address") == Words{"10.137.0.4", "fd09:24ef:4179::a89:4"});
    host.gives({"work", "vm.property.Set", "netvm", ""}, "");
    CHECK(host.all("//interface/mac/@address").empty());
    host.gives({"work", "vm.property.Set", "netvm", "sys-firewall"}, "");
    CHECK(host.all("//interface/backenddomain/@name") == Words{"sys-firewall"});

    // Left while it could not be changed: the interface that is there goes all the same.
    host.gives({"work", "vm.Pause"}, "");
    host.gives({"work", "vm.property.Set", "netvm", ""}, "");
    CHECK(host.all("//interface/backenddomain/@name") == Words{"sys-firewall"});
    host.gives({"work", "vm.Unpause"}, "");
    CHECK(host.all("//interface/mac/@address").empty());
}

TEST_CASE("xen: an administrator's files reach the domain, and say so when they are of no use")
{
    const XenHost host{store_without_network("pvh")};
    const std::string file = "/etc/qubes/libvirt/by-name/work.patch.xml";
    host.root.write(file, "<patch><set path='/domain/features/viridian' remove='yes'/></patch>");
    host.gives(start, "");
    CHECK(host.document().select_nodes("/domain/features/*").size() == 3);
    host.gives({"work", "vm.Kill"}, "");

    ::chmod(host.root.below(file).c_str(), 0666);
    const Outcome outcome = run(remote_command(host.root, start));
    check_refusal(outcome, "mgmt.vm.Start", Failure::failed);
    CHECK(outcome.err == "mgmt.vm.Start: failed: cannot start 'work': an override of its domain "
                         "cannot be used\n");
    host.check_tidy("work", work_uuid);
}
