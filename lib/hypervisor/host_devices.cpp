// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/host_devices.hpp"

#include "base/error.hpp"

#include <pugixml.hpp>

#include <cstdlib>
#include <string_view>

namespace qmgmt {
namespace {

// "0x1f", as libvirt writes numbers.
unsigned number(pugi::xml_node address, const char* name)
{
    return static_cast<unsigned>(std::strtoul(address.attribute(name).value(), nullptr, 0));
}

bool says(pugi::xml_node node, const char* attribute, std::string_view value)
{
    return node.attribute(attribute).value() == value;
}

} // namespace

std::vector<PciPlan> host_devices(const std::string& domain_xml)
{
    pugi::xml_document document;
    if (!document.load_buffer(domain_xml.data(), domain_xml.size()))
        throw Error{failure::vm_failed, "cannot read the devices of the domain", domain_xml};
    std::vector<PciPlan> found;
    for (const pugi::xml_node node : document.document_element().child("devices").children()) {
        const pugi::xml_node source = node.child("source");
        const pugi::xml_node address = source.child("address");
        if (std::string_view{node.name()} != "hostdev" || !says(node, "type", "pci") || !address)
            continue;
        found.push_back({.domain = number(address, "domain"),
                         .bus = number(address, "bus"),
                         .slot = number(address, "slot"),
                         .function = number(address, "function"),
                         .strict_reset = !says(node, "nostrictreset", "yes"),
                         .permissive = says(source, "writeFiltering", "no")});
    }
    return found;
}

} // namespace qmgmt
