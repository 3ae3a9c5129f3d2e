// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/fake_libvirt/document.hpp"

#include <pugixml.hpp>

#include <cstring>
#include <sstream>

namespace qmgmt::fake {
namespace {

using pugi::xml_node;

unsigned long long kib(const xml_node& memory)
{
    const std::string unit = memory.attribute("unit").as_string("KiB");
    return memory.text().as_ullong() * (unit == "MiB" ? 1024 : 1);
}

// What tells devices of one kind apart. Empty: only their whole text does.
std::string key_of(const xml_node& device)
{
    const std::string kind = device.name();
    if (kind == "disk")
        return device.child("target").attribute("dev").value();
    if (kind == "interface")
        return device.child("mac").attribute("address").value();
    std::string key;
    if (kind == "hostdev") {
        const xml_node address = device.child("source").child("address");
        for (const char* const part : {"domain", "bus", "slot", "function"})
            key += std::string{address.attribute(part).value()} + ":";
    }
    return key;
}

std::string text_of(const xml_node& node)
{
    std::ostringstream out;
    node.print(out, "", pugi::format_raw);
    return out.str();
}

bool same(const xml_node& one, const xml_node& other)
{
    if (std::strcmp(one.name(), other.name()) != 0)
        return false;
    const std::string key = key_of(one);
    return key.empty() ? text_of(one) == text_of(other) : key == key_of(other);
}

struct Pair {
    pugi::xml_document domain;
    pugi::xml_document device;

    bool load(const std::string& domain_xml, const std::string& device_xml)
    {
        return domain.load_string(domain_xml.c_str(), pugi::parse_full) &&
               device.load_string(device_xml.c_str(), pugi::parse_full);
    }
    [[nodiscard]] xml_node devices() { return domain.child("domain").child("devices"); }
    [[nodiscard]] xml_node attached()
    {
        for (const xml_node node : devices().children()) {
            if (same(node, device.document_element()))
                return node;
        }
        return {};
    }
};

} // namespace

std::optional<Identity> identity_of(const std::string& domain_xml)
{
    pugi::xml_document document;
    if (!document.load_string(domain_xml.c_str()))
        return std::nullopt;
    const xml_node domain = document.child("domain");
    Identity identity{domain.child_value("name"), domain.child_value("uuid"),
                      kib(domain.child("memory"))};
    if (identity.name.empty() || identity.uuid.empty())
        return std::nullopt;
    return identity;
}

std::optional<std::string> with_device(const std::string& domain_xml, const std::string& device_xml)
{
    Pair pair;
    if (!pair.load(domain_xml, device_xml) || !pair.devices() || pair.attached())
        return std::nullopt;
    pair.devices().append_copy(pair.device.document_element());
    return text_of(pair.domain.document_element());
}

std::optional<std::string> without_device(const std::string& domain_xml,
                                          const std::string& device_xml)
{
    Pair pair;
    if (!pair.load(domain_xml, device_xml) || !pair.attached())
        return std::nullopt;
    pair.devices().remove_child(pair.attached());
    return text_of(pair.domain.document_element());
}

} // namespace qmgmt::fake
