// SPDX-License-Identifier: GPL-2.0-or-later
//
// Domain XML for QEMU under emulation (hypervisor.md b.6).

#include "base/error.hpp"
#include "hypervisor/domain_plan.hpp"
#include "hypervisor/xml_tree.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

using pugi::xml_node;
using xml::attribute;
using xml::text;

void boot(xml_node domain, const DomainPlan& plan)
{
    xml_node os = domain.append_child("os");
    xml_node type = os.append_child("type");
    attribute(type, "arch", "x86_64");
    attribute(type, "machine", "q35");
    type.text().set("hvm");
    if (plan.kernel && plan.virt_mode != "hvm") {
        text(os, "kernel", plan.kernel->kernel);
        if (plan.kernel->initrd)
            text(os, "initrd", *plan.kernel->initrd);
        text(os, "cmdline",
             "root=/dev/vda console=ttyS0" +
                 (plan.kernel->options.empty() ? "" : " " + plan.kernel->options));
    } else {
        attribute(os.append_child("boot"), "dev", "hd");
    }
}

struct Disk {
    const std::string& path;
    const std::string& target;
    bool block_device;
    bool writable;
};

xml_node disk(xml_node parent, const Disk& plan)
{
    xml_node node = parent.append_child("disk");
    attribute(node, "type", plan.block_device ? "block" : "file");
    attribute(node, "device", "disk");
    xml_node driver = node.append_child("driver");
    attribute(driver, "name", "qemu");
    attribute(driver, "type", "raw");
    attribute(node.append_child("source"), plan.block_device ? "dev" : "file", plan.path);
    xml_node target = node.append_child("target");
    attribute(target, "dev", plan.target);
    attribute(target, "bus", "virtio");
    if (!plan.writable)
        node.append_child("readonly");
    return node;
}

void volume(xml_node devices, const DiskPlan& plan, std::size_t index)
{
    const std::string target = xml::disk_name("vd", index);
    text(disk(devices, {plan.path, target, plan.block_device, plan.writable}), "serial", plan.role);
}

[[noreturn]] void refuse_disk(const DomainPlan& plan, const char* why)
{
    throw Error{failure::unsupported, "cannot start '" + plan.name + "': " + why};
}

// What is xvdi on Xen.
std::string target_of(const DomainPlan& plan, const BlockPlan& block)
{
    if (!block.backend.empty())
        refuse_disk(plan, "a disk of another qube needs Xen");
    if (!block.target.empty() && !block.target.starts_with("xvd"))
        refuse_disk(plan, "here disks are named xvd");
    return block.target.empty() ? "" : block.target.substr(1);
}

// Where they are asked for, then from vdi on.
void blocks(xml_node devices, const DomainPlan& plan)
{
    constexpr std::size_t first_for_others = 8;
    std::vector<std::string> targets;
    for (const BlockPlan& block : plan.xen.blocks)
        targets.push_back(target_of(plan, block));
    std::size_t next = first_for_others;
    for (std::string& target : targets)
        while (target.empty()) {
            const std::string name = xml::disk_name("vd", next++);
            if (std::ranges::find(targets, name) == targets.end())
                target = name;
        }
    for (std::size_t i = 0; i < targets.size(); ++i)
        disk(devices, {plan.xen.blocks[i].path, targets[i], !plan.xen.blocks[i].image,
                       plan.xen.blocks[i].writable});
}

void interface(xml_node parent, const std::string& mac)
{
    xml_node node = parent.append_child("interface");
    attribute(node, "type", "user");
    attribute(node.append_child("mac"), "address", mac);
    attribute(node.append_child("model"), "type", "virtio");
}

void devices(xml_node domain, const DomainPlan& plan, QemuNet net)
{
    xml_node node = domain.append_child("devices");
    text(node, "emulator", "/usr/bin/qemu-system-x86_64");
    std::size_t next = xml::fixed_disks;
    std::vector<std::pair<std::size_t, const DiskPlan*>> disks;
    for (const DiskPlan& one : plan.disks) {
        const auto fixed = xml::disk_index(one.role);
        disks.emplace_back(fixed ? *fixed : next++, &one);
    }
    std::ranges::sort(disks); // the firmware boots the first
    for (const auto& [index, one] : disks)
        volume(node, *one, index);
    blocks(node, plan);
    xml_node usb = node.append_child("controller");
    attribute(usb, "type", "usb");
    attribute(usb, "model", "none");
    if (!plan.console_log.empty()) {
        xml_node serial = node.append_child("serial");
        attribute(serial, "type", "file");
        attribute(serial.append_child("source"), "path", plan.console_log);
        attribute(serial.append_child("target"), "port", "0");
    }
    if (net == QemuNet::user && !plan.netvm.empty())
        interface(node, plan.mac);
    attribute(node.append_child("panic"), "model", "isa");
    attribute(node.append_child("memballoon"), "model", "virtio");
    xml_node random = node.append_child("rng");
    attribute(random, "model", "virtio");
    xml_node backend = random.append_child("backend");
    attribute(backend, "model", "random");
    backend.text().set("/dev/urandom");
}

} // namespace

std::string qemu_domain_xml(const DomainPlan& plan, QemuNet net)
{
    pugi::xml_document document;
    xml_node domain = document.append_child("domain");
    attribute(domain, "type", "qemu");
    text(domain, "name", plan.name);
    text(domain, "uuid", plan.uuid.text());
    xml::metadata(domain, plan);
    xml::memory(domain, "memory", std::max(plan.memory_mib, plan.maxmem_mib));
    xml::memory(domain, "currentMemory", plan.memory_mib);
    xml_node vcpu = domain.append_child("vcpu");
    attribute(vcpu, "placement", "static");
    vcpu.text().set(plan.vcpus);
    boot(domain, plan);
    domain.append_child("features").append_child("acpi");
    attribute(domain.append_child("clock"), "offset", "utc");
    xml::ends(domain);
    xml_node pm = domain.append_child("pm");
    attribute(pm.append_child("suspend-to-mem"), "enabled", "no");
    attribute(pm.append_child("suspend-to-disk"), "enabled", "no");
    devices(domain, plan, net);
    return xml::text_of(document);
}

std::string qemu_interface_xml(const std::string& mac)
{
    pugi::xml_document document;
    interface(document, mac);
    return xml::text_of(document);
}

std::string qemu_disk_xml(const BlockPlan& plan)
{
    if (!plan.backend.empty())
        throw Error{failure::unsupported, "not available: a disk of another qube needs Xen"};
    if (!plan.target.starts_with("xvd"))
        throw Error{failure::unsupported, "not available: here disks are named xvd"};
    const std::string target = plan.target.substr(1);
    pugi::xml_document document;
    disk(document, {plan.path, target, !plan.image, plan.writable});
    return xml::text_of(document);
}

} // namespace qmgmt
