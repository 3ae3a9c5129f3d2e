// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/plan/plan_settings.hpp"

#include "base/error.hpp"
#include "life/property/feature.hpp"
#include "store/property_value.hpp"

#include <algorithm>
#include <array>

namespace qmgmt {
namespace {

// What the new qube has of its own, or what is decided elsewhere in the plan.
constexpr std::array<std::string_view, 7> own_properties = {
    "backup_timestamp", "dispid", "installed_by_rpm", "label", "name", "qid", "uuid"};
// Only in a backup, not of a qube.
constexpr std::array<std::string_view, 3> backup_features = {"backup-content", "backup-path",
                                                             "backup-size"};
// What others keep in them is not true of a new qube, or grants rights over what it makes.
constexpr std::array<std::string_view, 4> features_left_out = {
    "updates-available", "tag-created-vm-with", "set-created-guivm", "deferred-netvm-original"};
// Who made, manages or restores a qube is not the backup's to say.
constexpr std::array<std::string_view, 5> tags_left_out = {
    "created-by-", "disp-created-by-", "managed-by-", "backup-restore-", "restored-from-backup-"};
constexpr std::array<std::string_view, 3> tags_of_properties = {"guivm-", "audiovm-", "relayvm-"};
constexpr std::size_t longest_tag = 64;

template<std::size_t count>
bool is_one_of(std::string_view text, const std::array<std::string_view, count>& list)
{
    return std::ranges::find(list, text) != list.end();
}

template<std::size_t count>
bool begins_with_one_of(std::string_view text, const std::array<std::string_view, count>& list)
{
    return std::ranges::any_of(list,
                               [&](std::string_view start) { return text.starts_with(start); });
}

// Of what a safe restore leaves for people to decide again.
bool is_held_back(const PlannedQube& planned, std::string_view name, std::string_view value)
{
    if (name == "autostart")
        return value == "True";
    if (name == "provides_network")
        return value == "True" && planned.name != planned.from->name;
    return name == "kernelopts" || name == "management_dispvm";
}

void plan_kernel(PlannedQube& planned, const std::string& version, const RestoreHost& host)
{
    if (version.empty() || host.has_kernel(version))
        planned.belongings.properties.emplace("kernel", version);
    else
        add_note(planned, "kernel-default");
}

void plan_property(PlannedQube& planned, const PropertyRow& row, const std::string& untrusted,
                   const Store& store, const PlanInput& input)
{
    std::string value;
    try {
        value = check_syntax(row, untrusted, store.dialect());
    } catch (const Error&) {
        return skip_property(planned, row.name);
    }
    if (!input.permitted.all_properties && is_held_back(planned, row.name, value))
        return skip_property(planned, row.name);
    if (row.rule == PropertyRule::kernel)
        return plan_kernel(planned, value, input.host);
    planned.belongings.properties.emplace(row.name, std::move(value));
}

void plan_properties(PlannedQube& planned, const Store& store, const PlanInput& input)
{
    for (const auto& [name, value] : planned.from->properties) {
        if (is_one_of(name, own_properties))
            continue;
        const PropertyRow* row = find_property(name, planned.klass, store.dialect());
        if (row == nullptr)
            skip_property(planned, name);
        else if (row->type != PropertyType::qube && row->rule != PropertyRule::read_only)
            plan_property(planned, *row, value, store, input);
    }
    if (input.backup_time > 0 && find_property("backup_timestamp", planned.klass, store.dialect()))
        planned.belongings.properties["backup_timestamp"] = std::to_string(input.backup_time);
}

bool is_acceptable(const Feature& feature)
{
    try {
        check_feature(FeatureName::parse(feature.name), feature.value);
        return true;
    } catch (const Error&) {
        return false;
    }
}

void plan_features(PlannedQube& planned, const Store& store)
{
    for (const Feature& feature : planned.from->features) {
        const std::string_view name = feature.name;
        if (is_one_of(name, backup_features))
            continue;
        // Of that generation it is only another way to say that memory is not balanced.
        if (name == "service.meminfo-writer" && store.dialect() == Dialect::current) {
            if (feature.value.empty())
                planned.belongings.properties.emplace("maxmem", "0");
            continue;
        }
        if (is_one_of(name, features_left_out) || name.starts_with("internal-") ||
            name.starts_with("preload-dispvm") || !is_acceptable(feature))
            add_note(planned, "feature-skipped:" + feature.name);
        else
            planned.belongings.features.push_back(feature);
    }
}

void plan_tags(PlannedQube& planned, const Store& store, const PlanInput& input)
{
    constexpr std::string_view of_profile = "backup-";
    for (const std::string& tag : planned.from->tags) {
        if (store.dialect() == Dialect::current && begins_with_one_of(tag, tags_of_properties))
            continue; // they follow its properties here
        const bool kept = !begins_with_one_of(tag, tags_left_out) &&
                          (!tag.starts_with(of_profile) ||
                           input.host.has_profile(std::string_view{tag}.substr(of_profile.size())));
        if (kept)
            planned.belongings.tags.push_back(tag);
        else
            add_note(planned, "tag-skipped:" + tag);
    }
    planned.belongings.tags.push_back(
        ("restored-from-backup-" + input.backup_id).substr(0, longest_tag));
}

} // namespace

void add_note(PlannedQube& planned, std::string note)
{
    if (std::ranges::find(planned.notes, note) == planned.notes.end())
        planned.notes.push_back(std::move(note));
}

void skip_property(PlannedQube& planned, std::string_view name)
{
    add_note(planned, "property-skipped:" + std::string{name});
}

void plan_devices(PlannedQube& planned, const PlanInput& input, const RestoreTargets& targets)
{
    planned.devices.clear();
    for (const splice::DeviceEntry& archived : planned.from->devices) {
        std::optional<splice::DeviceEntry> entry;
        const auto backend = targets.find(archived.backend);
        if (input.permitted.all_devices && backend && !backend->failed) {
            entry = archived;
            entry->backend = backend->name;
            entry = input.host.device(*entry);
        }
        if (entry)
            planned.devices.push_back(std::move(*entry));
        else
            add_note(planned, "device-skipped:" + archived.klass);
    }
    auto& properties = planned.belongings.properties;
    const auto mode = properties.find("virt_mode");
    const bool has_pci = std::ranges::find(planned.devices, "pci", &splice::DeviceEntry::klass) !=
                         planned.devices.end();
    if (has_pci && mode != properties.end() && mode->second == "pvh") {
        properties.erase(mode);
        skip_property(planned, "virt_mode");
    }
}

void plan_settings(PlannedQube& planned, const Store& store, const PlanInput& input)
{
    planned.notes = planned.from->notes;
    planned.label = planned.from->label;
    if (planned.label.empty() || store.label_named(planned.label) == nullptr) {
        planned.label = store.label_named("red") != nullptr || store.labels().empty()
                            ? "red"
                            : store.labels().front().name;
        add_note(planned, "label-replaced");
    }
    plan_properties(planned, store, input);
    plan_features(planned, store);
    plan_tags(planned, store, input);
}

} // namespace qmgmt
