// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/attached_disk.hpp"

#include "base/error.hpp"

#include <pugixml.hpp>

namespace qmgmt {
namespace {

AttachedDisk read(pugi::xml_node node)
{
    AttachedDisk disk;
    const pugi::xml_node source = node.child("source");
    disk.source = source.attribute(source.attribute("dev") ? "dev" : "file").value();
    disk.backend = node.child("backenddomain").attribute("name").value();
    if (disk.backend == "dom0" || disk.backend == "Domain-0")
        disk.backend.clear();
    disk.target = node.child("target").attribute("dev").value();
    if (disk.target.starts_with("vd")) // of QEMU: what is xvdi on Xen
        disk.target.insert(0, "x");
    disk.role = node.child("serial").text().get();
    disk.cdrom = std::string_view{node.attribute("device").value()} == "cdrom";
    disk.read_only = !node.child("readonly").empty();
    return disk;
}

} // namespace

std::vector<AttachedDisk> attached_disks(const std::string& domain_xml)
{
    pugi::xml_document document;
    if (!document.load_buffer(domain_xml.data(), domain_xml.size()))
        throw Error{failure::vm_failed, "cannot read the disks of the domain", domain_xml};
    std::vector<AttachedDisk> found;
    for (const pugi::xml_node node : document.document_element().child("devices").children("disk"))
        found.push_back(read(node));
    return found;
}

bool is_system_disk(const AttachedDisk& disk, bool kernel)
{
    return !disk.role.empty() || disk.target == "xvda" || disk.target == "xvdb" ||
           disk.target == "xvdc" || (kernel && disk.target == "xvdd");
}

} // namespace qmgmt
