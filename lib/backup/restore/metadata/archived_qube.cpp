// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/metadata/archived_qube.hpp"

#include "backup/archive/outer/member_name.hpp"
#include "backup/restore/metadata/metadata_outline.hpp"
#include "call/tag_limit.hpp"
#include "names/names.hpp"
#include "names/number.hpp"
#include "names/volume_name.hpp"
#include "store/property_table.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::size_t most_features = 2048;

bool is_digits(std::string_view text)
{
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_acceptable(std::string_view feature_name, std::string_view value)
{
    try {
        static_cast<void>(FeatureName::parse(feature_name));
        static_cast<void>(parse_feature_value(value));
        return true;
    } catch (const Error&) {
        return false;
    }
}

template<typename Type>
bool is_one(std::string_view untrusted_text)
{
    try {
        static_cast<void>(Type::parse(untrusted_text));
        return true;
    } catch (const Error&) {
        return false;
    }
}

// By name, by "label-<index>" or by a bare index.
std::string label_of(const Qube& domain, const ArchiveNames& names)
{
    std::string text = domain.property("label").value_or("");
    const std::string id = is_digits(text) ? "label-" + text : text;
    if (const auto named = names.labels.find(id); named != names.labels.end())
        text = named->second;
    return is_one<LabelName>(text) ? text : "";
}

// A whole number of the metadata itself, which decides how much is read.
std::uint64_t number(const std::string& text, const char* what)
{
    const auto bytes = parse_decimal(text);
    if (!bytes)
        refuse_metadata(std::string{what} + " is not a number");
    return *bytes;
}

// "vm7/", or "vm7" as older ones have it.
std::string place_of(const std::string& path)
{
    std::string directory = path.ends_with('/') ? path : path + "/";
    if (!directory.starts_with("vm") || !is_archived_name(directory + "private.img"))
        refuse_metadata("where the files of a qube are is no place in an archive");
    return directory;
}

void add_properties(ArchivedQube& qube, const Qube& domain, const ArchiveNames& names)
{
    for (const PropertyRow& row : qube_properties()) {
        auto value = domain.property(row.name);
        if (!value)
            continue;
        if (row.type == PropertyType::qube) {
            if (const auto named = names.qubes.find(*value); named != names.qubes.end())
                value = named->second;
        }
        qube.properties.emplace(row.name, *std::move(value));
    }
    const Element* stored = domain.element().child("properties");
    for (const Element& child : stored->children) {
        const std::string* name = child.attribute("name");
        if (name == nullptr || !is_one<PropertyName>(*name) || qube.properties.contains(*name) ||
            *name == "hvm" || *name == "dispvm_allowed")
            continue;
        add_note(qube, "property-skipped:" + *name);
    }
}

void add_features(ArchivedQube& qube, const Qube& domain)
{
    for (Feature& feature : domain.features()) {
        if (is_acceptable(feature.name, feature.value))
            qube.features.push_back(std::move(feature));
        else
            add_note(qube, "feature-skipped:malformed");
    }
    if (qube.features.size() > most_features)
        refuse_metadata("'" + qube.name + "' has too many features");
}

void add_tags(ArchivedQube& qube, const Qube& domain)
{
    for (std::string& tag : domain.tags()) {
        if (is_one<Tag>(tag))
            qube.tags.push_back(std::move(tag));
        else
            add_note(qube, "tag-skipped:malformed");
    }
    if (qube.tags.size() > most_tags)
        refuse_metadata("'" + qube.name + "' has too many tags");
}

void add_volumes(ArchivedQube& qube, const Qube& domain)
{
    const auto is_true = [](const StoredVolume& entry, std::string_view name) {
        return entry.attribute(name) == "True";
    };
    for (const StoredVolume& entry : domain.volumes()) {
        if (!RoleName::is_one(entry.role))
            refuse_metadata("'" + qube.name + "' has a volume that is none");
        if (std::ranges::find(qube.volumes, entry.role, &ArchivedVolume::role) !=
            qube.volumes.end())
            refuse_metadata("'" + qube.name + "' has a volume twice");
        const std::string size = entry.attribute("size");
        qube.volumes.push_back({entry.role, size.empty() ? 0 : number(size, "the size of a volume"),
                                is_true(entry, "save_on_stop"), is_true(entry, "snap_on_start"),
                                is_true(entry, "rw")});
    }
}

// An entry that is in the backup has a path and a content.
std::optional<std::string> path_in_backup(const Qube& domain)
{
    const auto path = domain.feature("backup-path");
    return domain.feature("backup-content").value_or("").empty() ? std::nullopt : path;
}

std::uint64_t size_in_backup(const Qube& domain)
{
    const auto size = domain.feature("backup-size");
    return size ? number(*size, "the size of a backup") : 0;
}

std::string name_of(const Element& domain)
{
    return Qube{"", domain}.property("name").value_or("");
}

} // namespace

void add_note(ArchivedQube& qube, std::string note)
{
    if (std::ranges::find(qube.notes, note) == qube.notes.end())
        qube.notes.push_back(std::move(note));
}

void note_id(const Element& domain, ArchiveNames& names)
{
    const std::string* id = domain.attribute("id");
    std::string name = name_of(domain);
    if (id != nullptr && QubeName::fault(name).empty())
        names.qubes.emplace(*id, std::move(name));
}

ArchivedQube archived_qube(Element untrusted, const ArchiveNames& names)
{
    ArchivedQube qube;
    qube.name = name_of(untrusted);
    if (!QubeName::fault(qube.name).empty() || qube.name == "dom0")
        refuse_metadata("a qube has a name that none can have");
    const Qube domain{qube.name, std::move(untrusted)};
    qube.klass = domain.class_bit();
    qube.label = label_of(domain, names);
    const auto path = path_in_backup(domain);
    if (!path)
        return qube;
    if ((qube.klass & class_qube) == 0)
        refuse_metadata("'" + qube.name + "' is of a class that no backup has");
    qube.included = true;
    qube.directory = place_of(*path);
    qube.size = size_in_backup(domain);
    add_properties(qube, domain, names);
    add_features(qube, domain);
    add_tags(qube, domain);
    add_devices(qube, domain, names);
    add_volumes(qube, domain);
    return qube;
}

std::optional<ArchivedHome> archived_home(Element untrusted)
{
    const Qube domain{"dom0", std::move(untrusted)};
    if (domain.property("name").value_or("dom0") != "dom0")
        refuse_metadata("dom0 has another name");
    const auto path = path_in_backup(domain);
    if (!path)
        return std::nullopt;
    if (!path->starts_with("dom0-home/") || !is_archived_name(*path))
        refuse_metadata("where the home of dom0's user is is no place in an archive");
    return ArchivedHome{*path, size_in_backup(domain)};
}

} // namespace qmgmt
