// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/device_key.hpp"

#include "base/error.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace qmgmt {
namespace {

// libvirt writes numbers its own way: "0x0000" for our "0". Empty without an address.
std::string pci_address(pugi::xml_node address)
{
    std::string text;
    if (!address)
        return text;
    for (const char* const part : {"domain", "bus", "slot", "function"}) {
        const unsigned long value = std::strtoul(address.attribute(part).value(), nullptr, 0);
        text += ":" + std::to_string(value);
    }
    return text;
}

// Empty for what cannot be told from others.
std::string key_of(pugi::xml_node device)
{
    const std::string_view kind = device.name();
    std::string mark;
    if (kind == "disk")
        mark = device.child("target").attribute("dev").value();
    else if (kind == "interface")
        mark = device.child("mac").attribute("address").value();
    else if (kind == "hostdev" && std::string_view{device.attribute("type").value()} == "pci")
        mark = pci_address(device.child("source").child("address"));
    if (mark.empty())
        return {};
    std::ranges::transform(mark, mark.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return std::string{kind} + " " + mark;
}

} // namespace

DeviceKey::DeviceKey(const std::string& device_xml)
{
    pugi::xml_document document;
    if (document.load_buffer(device_xml.data(), device_xml.size()))
        text_ = key_of(document.document_element());
    if (text_.empty())
        throw Error{failure::internal, "cannot tell which device is meant", device_xml};
}

bool DeviceKey::is_in(const std::string& domain_xml) const
{
    pugi::xml_document document;
    if (!document.load_buffer(domain_xml.data(), domain_xml.size()))
        throw Error{failure::vm_failed, "cannot read the devices of the domain", domain_xml};
    const auto devices = document.document_element().child("devices").children();
    return std::any_of(devices.begin(), devices.end(),
                       [this](pugi::xml_node device) { return key_of(device) == text_; });
}

} // namespace qmgmt
