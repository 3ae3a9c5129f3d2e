// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/error.hpp"
#include "hypervisor/xen/devices.hpp"
#include "hypervisor/xml_tree.hpp"

#include <algorithm>
#include <set>

namespace qmgmt {
namespace {

using pugi::xml_node;
using xml::attribute;

std::string letter(std::size_t index)
{
    return xml::disk_name("xvd", index);
}

// The names that disks have in the guest, each once.
class Targets {
public:
    explicit Targets(const std::string& qube) : qube_{qube} {}

    std::string take(const std::string& name)
    {
        if (!used_.insert(name).second)
            refuse("two of its disks are to have one name");
        return name;
    }

    std::string take_free_from(std::size_t first)
    {
        constexpr std::size_t all = 26 + std::size_t{26} * 26; // to xvdzz
        for (std::size_t i = first; i < first + all; ++i) {    // then those before the first
            std::string name = letter(i % all);
            if (used_.insert(name).second)
                return name;
        }
        refuse("it has more disks than there are names for them");
    }

    [[nodiscard]] bool is_free(const std::string& name) const { return !used_.contains(name); }

private:
    [[noreturn]] void refuse(const char* why) const
    {
        throw Error{failure::vm_failed, "cannot start '" + qube_ + "': " + why};
    }

    const std::string& qube_;
    std::set<std::string> used_;
};

struct Disk {
    std::string target;
    std::string path;
    std::string backend;
    bool cdrom = false;
    bool writable = true;
    bool script = true;
};

std::vector<Disk> volumes(const std::vector<DiskPlan>& plans)
{
    std::vector<std::pair<std::size_t, Disk>> numbered;
    std::size_t next = xml::fixed_disks;
    for (const DiskPlan& plan : plans) {
        const auto fixed = xml::disk_index(plan.role);
        const std::size_t index = fixed ? *fixed : next++;
        numbered.push_back(
            {index, {letter(index), plan.path, plan.backend, false, plan.writable, true}});
    }
    std::ranges::stable_sort(numbered, {}, &std::pair<std::size_t, Disk>::first);
    std::vector<Disk> found;
    found.reserve(numbered.size());
    for (auto& [index, disk] : numbered)
        found.push_back(std::move(disk));
    return found;
}

// Where it is asked for; a CD-ROM where installers look for one.
std::string wish(const BlockPlan& plan, const DomainPlan& domain, const Targets& targets)
{
    if (!plan.target.empty())
        return plan.target;
    const std::string usual = letter(3);
    return plan.cdrom && !domain.kernel && targets.is_free(usual) ? usual : "";
}

std::vector<Disk> in_order(const DomainPlan& plan)
{
    Targets targets{plan.name};
    std::vector<Disk> disks = volumes(plan.disks);
    for (const Disk& volume : disks)
        targets.take(volume.target);
    const std::size_t own = disks.size();
    for (const BlockPlan& block : plan.xen.blocks) {
        const std::string wanted = wish(block, plan, targets);
        disks.push_back({wanted.empty() ? "" : targets.take(wanted), block.path, block.backend,
                         block.cdrom, block.writable, block.script});
    }
    for (std::size_t i = own; i < disks.size(); ++i) { // after all that may choose
        constexpr std::size_t first_for_others = 8;
        if (disks[i].target.empty())
            disks[i].target = targets.take_free_from(first_for_others);
    }
    return disks;
}

// The scripts that connect disks take their words apart at blanks.
bool has_blanks(const std::string& path)
{
    return std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

void check_backend(const std::string& backend, XenDialect dialect)
{
    if (!backend.empty() && !dialect.disk_backend)
        throw Error{failure::unsupported,
                    "a disk of another qube needs a libvirt that knows of such"};
}

void write(xml_node parent, const Disk& disk, XenDialect dialect)
{
    xml_node node = parent.append_child("disk");
    attribute(node, "type", "block"); // of an image, too: what connects the disk makes it one
    attribute(node, "device", disk.cdrom ? "cdrom" : "disk");
    attribute(node.append_child("driver"), "name", "phy");
    attribute(node.append_child("source"), "dev", disk.path);
    attribute(node.append_child("target"), "dev", disk.target);
    if (!disk.writable)
        node.append_child("readonly");
    if (!disk.backend.empty())
        attribute(node.append_child("backenddomain"), "name", disk.backend);
    if (disk.script && dialect.disk_script)
        attribute(node.append_child("script"), "path", disk_script);
}

} // namespace

void xen::disks(xml_node devices, const DomainPlan& plan, XenDialect dialect)
{
    for (const Disk& disk : in_order(plan)) {
        check_backend(disk.backend, dialect);
        if (has_blanks(disk.path))
            throw Error{failure::vm_failed,
                        "cannot start '" + plan.name + "': the path of a disk has blanks in it",
                        disk.path};
        write(devices, disk, dialect);
    }
}

std::string xen_disk_xml(const BlockPlan& plan, XenDialect dialect)
{
    check_backend(plan.backend, dialect);
    if (has_blanks(plan.path))
        throw Error{failure::vm_failed, "cannot attach a disk: its path has blanks in it",
                    plan.path};
    pugi::xml_document document;
    write(document, {plan.target, plan.path, plan.backend, plan.cdrom, plan.writable, plan.script},
          dialect);
    return xml::text_of(document);
}

} // namespace qmgmt
