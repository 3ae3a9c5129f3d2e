// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/xen/disks_of_others.hpp"

#include "base/error.hpp"
#include "hypervisor/xen/document.hpp"
#include "hypervisor/xml_tree.hpp"

#include <algorithm>
#include <set>

namespace qmgmt {
namespace {

using libxl::XenDisk;
using pugi::xml_node;

void load(pugi::xml_document& document, const std::string& domain_xml)
{
    if (!document.load_buffer(domain_xml.data(), domain_xml.size()))
        throw Error{failure::vm_failed, "cannot read the disks of the domain", domain_xml};
}

std::string target_of(xml_node disk)
{
    return disk.child("target").attribute("dev").value();
}

std::set<std::string> targets_in(xml_node devices)
{
    std::set<std::string> targets;
    for (const xml_node disk : devices.children("disk"))
        targets.insert(target_of(disk));
    return targets;
}

bool is_of_dom0(xml_node disk)
{
    const std::string_view backend = disk.child("backenddomain").attribute("name").value();
    return backend.empty() || backend == "dom0" || backend == "Domain-0";
}

void add(xml_node devices, const XenDisk& disk)
{
    pugi::xml_document one;
    const std::string text = xen_disk_xml({.path = disk.path,
                                           .backend = disk.backend_name,
                                           .target = disk.target,
                                           .cdrom = disk.cdrom,
                                           .writable = disk.writable},
                                          XenDialect{});
    load(one, text);
    devices.append_copy(one.document_element());
}

} // namespace

std::string with_disks_of_others(const std::string& domain_xml, const std::vector<XenDisk>& disks)
{
    pugi::xml_document document;
    load(document, domain_xml);
    xml_node devices = document.document_element().child("devices");
    const auto xen_has = [&](const std::string& target) {
        return std::ranges::any_of(
            disks, [&](const XenDisk& disk) { return disk.backend != 0 && disk.target == target; });
    };
    for (xml_node disk = devices.child("disk"); disk;) {
        const xml_node next = disk.next_sibling("disk");
        if (!is_of_dom0(disk) && !xen_has(target_of(disk)))
            devices.remove_child(disk);
        disk = next;
    }
    const std::set<std::string> known = targets_in(devices);
    for (const XenDisk& disk : disks) {
        if (disk.backend != 0 && !disk.backend_name.empty() && !known.contains(disk.target))
            add(devices, disk);
    }
    return xml::text_of(document);
}

std::vector<std::string> dead_disks(const std::string& domain_xml,
                                    const std::vector<XenDisk>& disks)
{
    pugi::xml_document document;
    load(document, domain_xml);
    const std::set<std::string> known = targets_in(document.document_element().child("devices"));
    std::vector<std::string> dead;
    for (const XenDisk& disk : disks) {
        if (disk.backend != 0 && disk.backend_name.empty() && !known.contains(disk.target))
            dead.push_back(disk.target);
    }
    return dead;
}

} // namespace qmgmt
