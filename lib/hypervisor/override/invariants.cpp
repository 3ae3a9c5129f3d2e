// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/override/invariants.hpp"

#include "hypervisor/override/file.hpp"

#include <algorithm>
#include <string_view>

namespace qmgmt::override_file {
namespace {

using pugi::xml_node;

std::string target(xml_node disk)
{
    return disk.child("target").attribute("dev").value();
}

std::set<std::string> targets(const pugi::xml_document& document)
{
    std::set<std::string> found;
    for (const xml_node disk : document.child("domain").child("devices").children("disk"))
        found.insert(target(disk));
    return found;
}

// KVM is QEMU with more speed.
std::string_view family(const pugi::xml_document& document)
{
    const std::string_view type = document.child("domain").attribute("type").value();
    return type == "kvm" ? "qemu" : type;
}

// libvirt's own choice for both is to start the domain anew, behind our back.
void check_end(xml_node domain, const char* element, bool may_be_missing)
{
    const xml_node node = domain.child(element);
    const std::string_view action = node.text().get();
    if (node.next_sibling(element))
        throw Unusable{"<" + std::string{element} + "> stands twice"};
    if (!node && may_be_missing)
        return;
    if (action != "destroy" && action != "preserve" && action != "coredump-destroy")
        throw Unusable{"<" + std::string{element} + "> would have the domain start anew"};
}

} // namespace

void restore_identity(pugi::xml_document& changed, const pugi::xml_document& original)
{
    xml_node domain = changed.child("domain");
    xml_node before; // what was restored last
    for (const char* const element : {"name", "uuid", "metadata"}) {
        while (domain.remove_child(element)) {
        }
        const xml_node own = original.child("domain").child(element);
        before = before ? domain.insert_copy_after(own, before) : domain.prepend_copy(own);
    }
}

void restore_disks(pugi::xml_document& changed, const pugi::xml_document& original)
{
    xml_node domain = changed.child("domain");
    xml_node devices = domain.child("devices");
    if (devices.child("disk"))
        return;
    if (!devices)
        devices = domain.append_child("devices");
    for (const xml_node disk : original.child("domain").child("devices").children("disk"))
        devices.append_copy(disk);
}

void check_invariants(const pugi::xml_document& changed, const pugi::xml_document& original,
                      const std::set<std::string>& removed_disks)
{
    const xml_node domain = changed.child("domain");
    if (!domain || domain != changed.document_element() ||
        changed.document_element().next_sibling())
        throw Unusable{"what it makes is no <domain>"};
    if (family(changed) != family(original))
        throw Unusable{"what it makes is a domain of another type"};
    const std::set<std::string> present = targets(changed);
    for (const std::string& disk : targets(original)) {
        if (!present.contains(disk) && !removed_disks.contains(disk))
            throw Unusable{"the disk " + disk + " is lost"};
    }
    check_end(domain, "on_poweroff", true);
    check_end(domain, "on_reboot", false);
    check_end(domain, "on_crash", false);
}

} // namespace qmgmt::override_file
