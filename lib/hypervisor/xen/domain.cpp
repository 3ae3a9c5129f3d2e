// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/error.hpp"
#include "hypervisor/xen/command_line.hpp"
#include "hypervisor/xen/devices.hpp"
#include "hypervisor/xen/document.hpp"
#include "hypervisor/xml_tree.hpp"

namespace qmgmt {
namespace {

using pugi::xml_node;
using xml::attribute;
using xml::text;

constexpr const char* uefi_firmware = "/usr/share/edk2/xen/OVMF.fd";

bool is_hvm(const DomainPlan& plan)
{
    return plan.virt_mode == "hvm";
}

bool is_pv(const DomainPlan& plan)
{
    return plan.virt_mode == "pv";
}

// What a guest may ever have is fixed when it is created. An hvm that owns devices cannot give
// memory back: they may write to it.
void memory(xml_node domain, const DomainPlan& plan)
{
    const bool fixed = plan.maxmem_mib == 0 || (is_hvm(plan) && !plan.xen.pci.empty());
    if (!fixed && plan.xen.memory_hotplug) {
        xml::memory(domain, "maxMemory", plan.maxmem_mib);
        attribute(domain.child("maxMemory"), "slots", "1");
        xml::memory(domain, "memory", plan.memory_mib);
    } else {
        xml::memory(domain, "memory", fixed ? plan.memory_mib : plan.maxmem_mib);
    }
    xml::memory(domain, "currentMemory", plan.memory_mib);
}

void processors(xml_node domain, const DomainPlan& plan)
{
    xml_node vcpu = domain.append_child("vcpu");
    attribute(vcpu, "placement", "static");
    vcpu.text().set(plan.vcpus);
    if (is_pv(plan))
        return;
    xml_node cpu = domain.append_child("cpu");
    attribute(cpu, "mode", "host-passthrough");
    const auto feature = [&cpu](const char* name, const char* policy) {
        xml_node node = cpu.append_child("feature");
        attribute(node, "name", name);
        attribute(node, "policy", policy);
    };
    feature("vmx", "disable"); // no hypervisor in a guest
    feature("svm", "disable");
    feature("invtsc", "require");
    if (!plan.xen.rdrand)
        feature("rdrand", "disable");
}

void type(xml_node os, const char* machine, const char* name)
{
    xml_node node = os.append_child("type");
    attribute(node, "arch", "x86_64");
    attribute(node, "machine", machine);
    node.text().set(name);
}

void firmware(xml_node os, const DomainPlan& plan)
{
    xml_node loader = os.append_child("loader");
    attribute(loader, "type", plan.xen.device_model.uefi ? "pflash" : "rom");
    loader.text().set(plan.xen.device_model.uefi ? uefi_firmware : "hvmloader");
    for (const char* const device : {"cdrom", "hd"})
        attribute(os.append_child("boot"), "dev", device);
}

void boot(xml_node domain, const DomainPlan& plan)
{
    xml_node os = domain.append_child("os");
    if (is_hvm(plan)) {
        type(os, "xenfv", "hvm");
        firmware(os, plan);
    } else {
        is_pv(plan) ? type(os, "xenpv", "linux") : type(os, "xenpvh", "xenpvh");
        text(os, "kernel", plan.kernel ? plan.kernel->kernel : plan.xen.boot_loader);
        if (plan.kernel && plan.kernel->initrd)
            text(os, "initrd", *plan.kernel->initrd);
    }
    if (plan.kernel)
        text(os, "cmdline", xen::command_line(plan));
}

void features(xml_node domain, const DomainPlan& plan)
{
    const bool memory_map = !plan.xen.pci.empty() && plan.xen.e820_host;
    if (is_pv(plan) && !memory_map)
        return;
    xml_node node = domain.append_child("features");
    if (!is_pv(plan)) {
        for (const char* const name : {"pae", "acpi", "apic", "viridian"})
            node.append_child(name);
    }
    if (memory_map)
        attribute(node.append_child("xen").append_child("e820_host"), "state", "on");
}

void clock(xml_node domain, const DomainPlan& plan)
{
    xml_node node = domain.append_child("clock");
    if (is_hvm(plan)) {
        attribute(node, "offset", "variable");
        attribute(node, "adjustment", std::to_string(plan.xen.clock_adjustment));
        attribute(node, "basis", plan.xen.clock_basis);
        return;
    }
    attribute(node, "offset", "utc");
    attribute(node, "adjustment", "reset");
    xml_node timer = node.append_child("timer");
    attribute(timer, "name", "tsc");
    attribute(timer, "mode", "native");
}

} // namespace

void require_stub_domains(XenDialect dialect)
{
    if (!dialect.qubes)
        throw Error{failure::unsupported,
                    "HVM needs stub domains, which the libvirt of this machine does not have"};
}

std::string xen_domain_xml(const DomainPlan& plan, XenDialect dialect)
{
    if (is_hvm(plan))
        require_stub_domains(dialect);
    pugi::xml_document document;
    xml_node domain = document.append_child("domain");
    attribute(domain, "type", "xen");
    text(domain, "name", plan.name);
    text(domain, "uuid", plan.uuid.text());
    xml::metadata(domain, plan);
    memory(domain, plan);
    processors(domain, plan);
    boot(domain, plan);
    features(domain, plan);
    clock(domain, plan);
    xml::ends(domain);
    xen::devices(domain.append_child("devices"), plan, dialect);
    return xml::text_of(document);
}

} // namespace qmgmt
