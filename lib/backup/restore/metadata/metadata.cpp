// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/metadata/metadata.hpp"

#include "backup/restore/metadata/archived_qube.hpp"
#include "backup/restore/metadata/metadata_outline.hpp"
#include "names/names.hpp"

#include <algorithm>
#include <set>

namespace qmgmt {
namespace {

Element element_at(std::string_view xml, Range range)
{
    return parse_element(xml.substr(range.begin, range.size()));
}

// A qube may name its label by id.
ArchiveNames names_of(std::string_view xml, const MetadataOutline& outline)
{
    ArchiveNames names;
    for (const Range range : outline.labels) {
        const Element label = element_at(xml, range);
        const std::string* id = label.attribute("id");
        if (id != nullptr)
            names.labels.emplace(*id, label.text);
    }
    return names;
}

void check_unique(const BackupMetadata& metadata)
{
    std::set<std::string_view> names;
    std::set<std::string_view> directories;
    for (const ArchivedQube& qube : metadata.qubes) {
        if (!names.insert(qube.name).second)
            refuse_metadata("two qubes have the name '" + qube.name + "'");
        if (qube.included && !directories.insert(qube.directory).second)
            refuse_metadata("two qubes have the files of '" + qube.name + "'");
    }
}

} // namespace

const ArchivedVolume* ArchivedQube::volume(std::string_view role) const
{
    const auto found = std::ranges::find(volumes, role, &ArchivedVolume::role);
    return found == volumes.end() ? nullptr : &*found;
}

std::vector<std::string> ArchivedQube::promised_images() const
{
    std::vector<std::string> roles;
    for (const ArchivedVolume& one : volumes)
        if (one.save_on_stop)
            roles.push_back(one.role);
    // A qube may have the volumes of its class without an entry.
    if (volume("root") == nullptr && (klass & (class_template | class_standalone)) != 0)
        roles.emplace_back("root");
    if (volume("private") == nullptr && klass != class_disp)
        roles.emplace_back("private");
    return roles;
}

std::string_view ArchivedHome::user() const
{
    return std::string_view{path}.substr(path.find('/') + 1);
}

std::uint64_t ArchivedHome::most_content() const noexcept
{
    constexpr std::uint64_t allowance = std::uint64_t{16} << 20;
    constexpr std::uint64_t most = std::uint64_t{1} << 50;
    return std::min(size, most) * 4 + allowance;
}

const ArchivedQube* BackupMetadata::find(std::string_view name) const
{
    const auto found = std::ranges::find(qubes, name, &ArchivedQube::name);
    return found == qubes.end() ? nullptr : &*found;
}

const ArchivedQube* BackupMetadata::in(std::string_view directory) const
{
    const auto found = std::ranges::find_if(qubes, [&](const ArchivedQube& qube) {
        return qube.included && qube.directory == directory;
    });
    return found == qubes.end() ? nullptr : &*found;
}

BackupMetadata BackupMetadata::parse(std::string_view untrusted_xml)
{
    const MetadataOutline outline = outline_of(untrusted_xml);
    ArchiveNames names = names_of(untrusted_xml, outline);
    for (const Range range : outline.domains)
        note_id(element_at(untrusted_xml, range), names);
    BackupMetadata metadata;
    bool has_dom0 = false;
    for (const Range range : outline.domains) {
        Element domain = element_at(untrusted_xml, range);
        const std::string* klass = domain.attribute("class");
        if (klass == nullptr || *klass != "AdminVM") {
            metadata.qubes.push_back(archived_qube(std::move(domain), names));
            continue;
        }
        if (has_dom0)
            refuse_metadata("dom0 stands there twice");
        has_dom0 = true;
        metadata.home = archived_home(std::move(domain));
    }
    if (!has_dom0)
        refuse_metadata("dom0 is missing");
    check_unique(metadata);
    return metadata;
}

} // namespace qmgmt
