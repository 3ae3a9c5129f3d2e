// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/xen/devices.hpp"

#include "hypervisor/xml_tree.hpp"

#include <array>
#include <cstdio>

namespace qmgmt {
namespace {

using pugi::xml_node;
using xml::attribute;

void interface(xml_node parent, const InterfacePlan& plan)
{
    xml_node node = parent.append_child("interface");
    attribute(node, "type", "ethernet");
    attribute(node.append_child("mac"), "address", plan.mac);
    if (!plan.ip.empty())
        attribute(node.append_child("ip"), "address", plan.ip);
    if (!plan.ip6.empty()) {
        xml_node ip = node.append_child("ip");
        attribute(ip, "address", plan.ip6);
        attribute(ip, "family", "ipv6");
    }
    if (!plan.backend.empty())
        attribute(node.append_child("backenddomain"), "name", plan.backend);
    attribute(node.append_child("script"), "path", "vif-route-qubes");
}

std::string hexadecimal(unsigned value, int digits)
{
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "0x%0*x", digits, value);
    return text.data();
}

void host_device(xml_node devices, const PciPlan& plan, bool power_management, XenDialect dialect)
{
    xml_node node = devices.append_child("hostdev");
    attribute(node, "type", "pci");
    attribute(node, "managed", "yes");
    if (!plan.strict_reset && dialect.qubes)
        attribute(node, "nostrictreset", "yes");
    xml_node source = node.append_child("source");
    if (plan.permissive)
        attribute(source, "writeFiltering", "no");
    if (!power_management && dialect.qubes)
        attribute(source, "powerManagementFiltering", "no");
    xml_node address = source.append_child("address");
    attribute(address, "domain", hexadecimal(plan.domain, 4));
    attribute(address, "bus", hexadecimal(plan.bus, 2));
    attribute(address, "slot", hexadecimal(plan.slot, 2));
    attribute(address, "function", hexadecimal(plan.function, 1));
}

void console(xml_node devices)
{
    xml_node node = devices.append_child("console");
    attribute(node, "type", "pty");
    xml_node target = node.append_child("target");
    attribute(target, "type", "xen");
    attribute(target, "port", "0");
}

} // namespace

void xen::devices(xml_node node, const DomainPlan& plan, XenDialect dialect)
{
    disks(node, plan, dialect);
    if (!plan.netvm.empty())
        interface(node, {plan.mac, plan.ip, plan.ip6, plan.netvm});
    for (const PciPlan& device : plan.xen.pci)
        host_device(node, device, plan.xen.power_management, dialect);
    if (plan.virt_mode == "hvm")
        device_model(node, plan);
    console(node);
}

std::string xen_host_device_xml(const PciPlan& plan, bool power_management, XenDialect dialect)
{
    pugi::xml_document document;
    host_device(document, plan, power_management, dialect);
    return xml::text_of(document);
}

std::string xen_interface_xml(const InterfacePlan& plan)
{
    pugi::xml_document document;
    interface(document, plan);
    return xml::text_of(document);
}

} // namespace qmgmt
