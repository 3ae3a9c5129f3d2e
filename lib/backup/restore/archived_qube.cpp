// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/archived_qube.hpp"

#include "backup/restore/metadata_outline.hpp"
#include "call/tag_limit.hpp"
#include "device/port_name.hpp"
#include "names/names.hpp"
#include "names/number.hpp"
#include "names/volume_name.hpp"
#include "store/property_table.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::size_t most_features = 2048;
constexpr std::size_t most_devices = 1024;

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

void add_note(ArchivedQube& qube, std::string note)
{
    if (std::ranges::find(qube.notes, note) == qube.notes.end())
        qube.notes.push_back(std::move(note));
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
std::string directory_of(const std::string& path)
{
    constexpr std::size_t longest_number = 10;
    const std::string directory = path.ends_with('/') ? path : path + "/";
    const std::string number =
        directory.starts_with("vm") ? directory.substr(2, directory.size() - 3) : "";
    if (!is_digits(number) || number.front() == '0' || number.size() > longest_number)
        refuse_metadata("where the files of a qube are is no place in an archive");
    return directory;
}

void add_properties(ArchivedQube& qube, const Qube& domain, const ArchiveNames& names)
{
    for (const PropertyRow& row : qube_properties()) {
        auto value = domain.property(row.name);
        if (!value)
            continue;
        const auto named =
            row.type == PropertyType::qube ? names.qubes.find(*value) : names.qubes.end();
        qube.properties.emplace(row.name,
                                named == names.qubes.end() ? std::move(*value) : named->second);
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

bool is_class_of_devices(std::string_view text)
{
    return !text.empty() && text.size() <= 32 &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") ==
               std::string_view::npos;
}

std::string attribute(const Element& element, std::string_view name, std::string_view otherwise)
{
    const std::string* value = element.attribute(name);
    return value == nullptr || value->empty() ? std::string{otherwise} : *value;
}

// An assignment as it stands; nothing when one of its words could not be said by a caller.
std::optional<splice::DeviceEntry> device_entry(const Element& device, const std::string& klass,
                                                const ArchiveNames& names)
{
    splice::DeviceEntry entry;
    entry.klass = klass;
    entry.backend = attribute(device, "backend-domain", "dom0");
    if (const auto named = names.qubes.find(entry.backend); named != names.qubes.end())
        entry.backend = named->second;
    entry.port = attribute(device, "id", "*");
    entry.mode = attribute(device, "mode", "required");
    if (const std::string* required = device.attribute("required"))
        entry.mode = parse_boolean(*required).value_or(true) ? "required" : "auto-attach";
    entry.identity = attribute(device, "identity", "*");
    const auto printable = [](std::string_view text) {
        return text.size() <= 512 && std::ranges::all_of(text, [](char c) {
                   return c > 0x20 && c < 0x7f && c != '\'' && c != '"' && c != '<';
               });
    };
    for (const Element& option : device.children) {
        const std::string* name = option.attribute("name");
        if (option.name != "option" || name == nullptr)
            continue;
        if (!PortName::fits(*name) || !printable(option.text))
            return std::nullopt;
        entry.options.emplace_back(*name, option.text);
    }
    if (!QubeName::fault(entry.backend).empty() ||
        (entry.port != "*" && !PortName::fits(entry.port)) || !printable(entry.mode) ||
        !printable(entry.identity))
        return std::nullopt;
    return entry;
}

void add_devices(ArchivedQube& qube, const Qube& domain, const ArchiveNames& names)
{
    for (const Element& devices : domain.element().children) {
        if (devices.name != "devices")
            continue;
        const std::string klass = attribute(devices, "class", "");
        for (const Element& device : devices.children) {
            if (device.name != "device")
                continue;
            if (!is_class_of_devices(klass)) {
                add_note(qube, "device-skipped:malformed");
                continue;
            }
            if (qube.devices.size() == most_devices)
                refuse_metadata("'" + qube.name + "' has too many devices");
            if (auto entry = device_entry(device, klass, names))
                qube.devices.push_back(std::move(*entry));
            else
                add_note(qube, "device-skipped:" + klass);
        }
    }
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
    qube.directory = directory_of(*path);
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
    constexpr std::string_view start = "dom0-home/";
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const std::string_view user =
        std::string_view{*path}.substr(std::min(start.size(), path->size()));
    if (!path->starts_with(start) || user.empty() || user.size() > 32 ||
        letters.find(user.front()) == std::string_view::npos ||
        user.find_first_not_of(std::string{letters} + ".-") != std::string_view::npos)
        refuse_metadata("where the home of dom0's user is is no place in an archive");
    return ArchivedHome{*path, size_in_backup(domain)};
}

} // namespace qmgmt
