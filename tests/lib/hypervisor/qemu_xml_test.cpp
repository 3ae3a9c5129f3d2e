// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/domain_plan.hpp"
#include "lib/hypervisor/plan.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <pugixml.hpp>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr const char* awkward = R"(<&>"' ]]> &amp; <!-- x)";

pugi::xml_document parsed(const DomainPlan& plan, QemuNet net = QemuNet::none)
{
    pugi::xml_document document;
    const std::string text = qemu_domain_xml(plan, net);
    REQUIRE(document.load_string(text.c_str()));
    REQUIRE(std::string_view{document.document_element().name()} == "domain");
    REQUIRE(!document.document_element().next_sibling());
    return document;
}

std::string at(const pugi::xml_document& document, const char* path)
{
    const auto found = document.select_node(path);
    return found.attribute() ? found.attribute().value() : found.node().text().get();
}

} // namespace

TEST_CASE("qemu xml: no value breaks out of its place")
{
    DomainPlan plan = small_plan();
    plan.name = std::string{"name"} + awkward;
    plan.klass = awkward;
    plan.virt_mode = awkward;
    plan.netvm = awkward;
    plan.ip = awkward;
    plan.mac = awkward;
    plan.console_log = awkward;
    plan.kernel = KernelPlan{awkward, awkward, awkward};
    plan.disks = {{awkward, awkward, false, true}, {"root", awkward, true, true}};
    const auto document = parsed(plan, QemuNet::user);
    CHECK(at(document, "/domain/name") == plan.name);
    CHECK(at(document, "/domain/metadata/*/@class") == awkward);
    CHECK(at(document, "/domain/metadata/*/@virt-mode") == awkward);
    CHECK(at(document, "/domain/metadata/*/@netvm") == awkward);
    CHECK(at(document, "/domain/metadata/*/@ip") == awkward);
    CHECK(at(document, "/domain/devices/interface/mac/@address") == awkward);
    CHECK(at(document, "/domain/devices/serial/source/@path") == awkward);
    CHECK(at(document, "/domain/os/kernel") == awkward);
    CHECK(at(document, "/domain/os/initrd") == awkward);
    CHECK(at(document, "/domain/os/cmdline").ends_with(awkward));
    CHECK(at(document, "/domain/devices/disk[1]/source/@dev") == awkward);
    CHECK(at(document, "/domain/devices/disk[2]/source/@file") == awkward);
    CHECK(at(document, "/domain/devices/disk[2]/serial") == awkward);
    // What the value is made of stands in no element of its own.
    CHECK(document.select_nodes("//*").size() ==
          parsed(
              [] {
                  DomainPlan plain = small_plan();
                  plain.virt_mode = "pvh";
                  plain.netvm = plain.ip = plain.mac = plain.console_log = "x";
                  plain.kernel = KernelPlan{"k", "i", "o"};
                  plain.disks = {{"a", "b", false, true}, {"root", "c", true, true}};
                  return plain;
              }(),
              QemuNet::user)
              .select_nodes("//*")
              .size());
}

TEST_CASE("qemu xml: disks stand in the order of their letters, the fixed ones first")
{
    DomainPlan plan = small_plan();
    plan.disks = {{"extra", "/x", false, true},    {"kernel", "/k", false, false},
                  {"volatile", "/v", false, true}, {"other", "/o", false, true},
                  {"private", "/p", false, true},  {"root", "/r", true, false}};
    const auto document = parsed(plan);
    std::string order;
    for (const auto& disk : document.select_nodes("/domain/devices/disk"))
        order += std::string{disk.node().child("target").attribute("dev").value()} + "=" +
                 disk.node().child("serial").text().get() + " ";
    CHECK(order == "vda=root vdb=private vdc=volatile vdd=kernel vde=extra vdf=other ");
    CHECK(at(document, "/domain/devices/disk[1]/@type") == "block");
    CHECK(at(document, "/domain/devices/disk[2]/@type") == "file");
    CHECK(document.select_nodes("/domain/devices/disk/readonly").size() == 2);
}

TEST_CASE("qemu xml: a fixed disk that is not there leaves its letter free, and z is not the last")
{
    DomainPlan plan = small_plan();
    for (int i = 0; i < 23; ++i)
        plan.disks.push_back({"extra" + std::to_string(i), "/x", false, true});
    plan.disks.push_back({"root", "/r", false, true});
    const auto document = parsed(plan);
    const auto target = [&](const char* role) {
        return at(document,
                  ("/domain/devices/disk[serial='" + std::string{role} + "']/target/@dev").c_str());
    };
    CHECK(target("root") == "vda");
    CHECK(target("extra0") == "vde");
    CHECK(target("extra21") == "vdz");
    CHECK(target("extra22") == "vdaa");
    CHECK(at(document, "/domain/devices/disk[1]/serial") == "root");
}

TEST_CASE("qemu xml: memory is what it starts with, below what it may grow to")
{
    DomainPlan plan = small_plan();
    plan.memory_mib = 400;
    plan.maxmem_mib = 4000;
    CHECK(at(parsed(plan), "/domain/memory") == "4000");
    CHECK(at(parsed(plan), "/domain/currentMemory") == "400");
    CHECK(at(parsed(plan), "/domain/memory/@unit") == "MiB");
    plan.maxmem_mib = 0;
    CHECK(at(parsed(plan), "/domain/memory") == "400");
    CHECK(at(parsed(plan), "/domain/currentMemory") == "400");
}

TEST_CASE("qemu xml: with a kernel it boots that, without one from its disk")
{
    DomainPlan plan = small_plan();
    CHECK(at(parsed(plan), "/domain/os/boot/@dev") == "hd");
    CHECK(!parsed(plan).select_node("/domain/os/kernel"));
    plan.kernel = KernelPlan{"/k/vmlinuz", std::nullopt, "nopat"};
    CHECK(at(parsed(plan), "/domain/os/boot/@dev") == "hd"); // hvm is a machine with firmware
    plan.virt_mode = "pvh";
    CHECK(at(parsed(plan), "/domain/os/kernel") == "/k/vmlinuz");
    CHECK(at(parsed(plan), "/domain/os/cmdline") == "root=/dev/vda console=ttyS0 nopat");
    CHECK(!parsed(plan).select_node("/domain/os/initrd"));
    CHECK(!parsed(plan).select_node("/domain/os/boot"));
}

TEST_CASE("qemu xml: an interface only where it is asked for and a netvm is set")
{
    DomainPlan plan = small_plan();
    CHECK(!parsed(plan, QemuNet::user).select_node("/domain/devices/interface"));
    plan.netvm = "sys-net";
    plan.mac = "00:16:3e:5e:6c:04";
    CHECK(!parsed(plan, QemuNet::none).select_node("/domain/devices/interface"));
    CHECK(at(parsed(plan, QemuNet::user), "/domain/devices/interface/@type") == "user");
}

TEST_CASE("qemu xml: a guest that ends in any way is gone")
{
    const auto document = parsed(small_plan());
    for (const char* const path : {"/domain/on_poweroff", "/domain/on_reboot", "/domain/on_crash"})
        CHECK(at(document, path) == "destroy");
    CHECK(at(document, "/domain/uuid") == small_plan().uuid.text());
    CHECK(at(document, "/domain/devices/controller[@type='usb']/@model") == "none");
    CHECK(at(document, "/domain/devices/panic/@model") == "isa");
}

TEST_CASE("qemu xml: a disk by itself is as in the document, and named as on Xen")
{
    CHECK(qemu_disk_xml({.path = "/dev/loop3", .target = "xvdi", .writable = false}) ==
          R"(<disk type="block" device="disk">
  <driver name="qemu" type="raw" />
  <source dev="/dev/loop3" />
  <target dev="vdi" bus="virtio" />
  <readonly />
</disk>
)");
    CHECK(qemu_disk_xml({.path = "/an image", .target = "xvdaa", .image = true}) ==
          R"(<disk type="file" device="disk">
  <driver name="qemu" type="raw" />
  <source file="/an image" />
  <target dev="vdaa" bus="virtio" />
</disk>
)");
    CHECK(failure_of([] {
              static_cast<void>(
                  qemu_disk_xml({.path = "/dev/sda", .backend = "sys-usb", .target = "xvdi"}));
          }) == Failure::unsupported);
    CHECK(failure_of([] {
              static_cast<void>(qemu_disk_xml({.path = "/dev/sda", .target = "sda"}));
          }) == Failure::unsupported);
}

TEST_CASE("qemu xml: disks that are required stand behind the volumes, each with a name of its own")
{
    DomainPlan plan = small_plan();
    plan.disks = {{"root", "/root.img", false, true}};
    plan.xen.blocks = {{.path = "/dev/a"},
                       {.path = "/dev/b", .target = "xvdi", .writable = false},
                       {.path = "/dev/c"}};
    const auto document = parsed(plan);
    CHECK(at(document, "/domain/devices/disk[1]/target/@dev") == "vda");
    CHECK(at(document, "/domain/devices/disk[2]/target/@dev") == "vdj");
    CHECK(at(document, "/domain/devices/disk[2]/source/@dev") == "/dev/a");
    CHECK(at(document, "/domain/devices/disk[3]/target/@dev") == "vdi");
    CHECK(document.select_node("/domain/devices/disk[3]/readonly"));
    CHECK(at(document, "/domain/devices/disk[4]/target/@dev") == "vdk");
    plan.xen.blocks = {{.path = "/dev/a", .backend = "sys-usb"}};
    CHECK(failure_of([&] { static_cast<void>(qemu_domain_xml(plan, QemuNet::none)); }) ==
          Failure::unsupported);
}
