// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/xml_tree.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>

namespace qmgmt::xml {
namespace {

using pugi::xml_node;

constexpr std::array<std::string_view, fixed_disks> fixed_roles = {"root", "private", "volatile",
                                                                   "kernel"};

// Written as they are, they would make the document one that no parser takes, or another.
const std::string& checked(const std::string& value)
{
    const bool unfit = std::ranges::any_of(value, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n';
    });
    if (unfit)
        throw Error{failure::vm_failed,
                    "cannot describe the domain: a value has control characters in it", value};
    return value;
}

struct StringWriter : pugi::xml_writer {
    std::string text;
    void write(const void* data, size_t size) override
    {
        text.append(static_cast<const char*>(data), size);
    }
};

} // namespace

void text(xml_node parent, const char* name, const std::string& value)
{
    parent.append_child(name).text().set(checked(value).c_str());
}

void attribute(xml_node node, const char* name, const std::string& value)
{
    node.append_attribute(name).set_value(checked(value).c_str());
}

void memory(xml_node parent, const char* name, std::uint64_t mib)
{
    xml_node node = parent.append_child(name);
    attribute(node, "unit", "MiB");
    node.text().set(std::to_string(mib).c_str());
}

void metadata(xml_node domain, const DomainPlan& plan)
{
    xml_node vm = domain.append_child("metadata").append_child("qm:vm");
    attribute(vm, "xmlns:qm", "https://qubes-mgmt.invalid/xmlns/1");
    attribute(vm, "qid", std::to_string(plan.qid));
    attribute(vm, "class", plan.klass);
    attribute(vm, "virt-mode", plan.virt_mode);
    if (!plan.netvm.empty())
        attribute(vm, "netvm", plan.netvm);
    if (!plan.ip.empty())
        attribute(vm, "ip", plan.ip);
}

void ends(xml_node domain)
{
    for (const char* const end : {"on_poweroff", "on_reboot", "on_crash"})
        text(domain, end, "destroy");
}

std::string disk_name(const char* prefix, std::size_t index)
{
    std::string name = prefix;
    if (index >= 26)
        name += static_cast<char>('a' + index / 26 - 1);
    return name += static_cast<char>('a' + index % 26);
}

std::optional<std::size_t> disk_index(std::string_view role)
{
    const auto found = std::ranges::find(fixed_roles, role);
    if (found == fixed_roles.end())
        return std::nullopt;
    return static_cast<std::size_t>(found - fixed_roles.begin());
}

std::string text_of(const pugi::xml_document& document)
{
    StringWriter writer;
    document.save(writer, "  ", pugi::format_indent | pugi::format_no_declaration);
    return std::move(writer.text);
}

} // namespace qmgmt::xml
