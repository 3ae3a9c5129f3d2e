// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/edit.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "call/difference.hpp"
#include "call/store_backup.hpp"

#include <set>
#include <unistd.h>

namespace qmgmt {
namespace {

std::vector<std::pair<std::string, std::string>> value_keys(std::string_view name,
                                                            std::optional<std::string> new_value,
                                                            std::optional<std::string> old_value)
{
    std::vector<std::pair<std::string, std::string>> keys{{"name", std::string{name}}};
    const auto add = [&keys](const char* key, std::optional<std::string>& value) {
        if (value)
            keys.emplace_back(key, value->empty() ? "None" : std::move(*value));
    };
    add("newvalue", new_value);
    add("oldvalue", old_value);
    return keys;
}

std::string device_text(const splice::DeviceEntry& entry)
{
    return entry.backend + ":" + entry.port + ":" + entry.identity;
}

} // namespace

// Clients take it for opaque; what stands in it is of the grammar of options, or was read from the
// store.
std::string options_text(const std::vector<std::pair<std::string, std::string>>& options)
{
    std::string text;
    for (const auto& [name, value] : options) {
        text += text.empty() ? "'" : ", '";
        text += name;
        text += "': '";
        text += value;
        text += "'";
    }
    return "{" + text + "}";
}

Edit::Edit(Call& call, Deadline deadline)
    : call_{call}, editor_{std::make_unique<StoreEditor>(deadline, configured_dialect())},
      before_{editor_->store().all_bytes()}
{
}

const Qube& Edit::destination() const
{
    const std::string& name = call_.destination_name();
    const Qube& now = store().qube(name);
    // The qube may have been removed and another of its name made since the call was sent.
    if (now.property("uuid") != call_.destination().property("uuid"))
        throw Error{failure::vm_not_found, "no qube named '" + name + "'"};
    return now;
}

void Edit::note(std::string_view subject, std::string_view name,
                std::vector<std::pair<std::string, std::string>> keys)
{
    Event event{std::string{subject}, std::string{name}, std::move(keys), {}, {}};
    std::string judged{subject};
    for (const auto& [key, value] : event.keys) {
        if (judged.empty() && key == "vm")
            judged = value;
    }
    if (const Qube* qube = judged.empty() ? nullptr : store().find_any(judged)) {
        event.klass = qube->klass();
        event.tags = qube->tags();
    }
    events_.push_back(std::move(event));
}

bool Edit::set_property(std::string_view qube, std::string_view name, std::string_view value,
                        std::optional<std::string> old_value, std::string new_value)
{
    if (!splice::set_property(editor_->store(), qube, name, value))
        return false;
    note(qube, "property-set:" + std::string{name},
         value_keys(name, std::move(new_value), std::move(old_value)));
    dependent_defaults(name, qube);
    return true;
}

bool Edit::reset_property(std::string_view qube, std::string_view name,
                          std::optional<std::string> old_value)
{
    if (!splice::remove_property(editor_->store(), qube, name))
        return false;
    note(qube, "property-reset:" + std::string{name},
         value_keys(name, std::nullopt, std::move(old_value)));
    dependent_defaults(name, qube);
    return true;
}

// Watchers cache values: whoever takes its default from what has just changed is told so. `owner`
// is a template, or empty for a global property.
void Edit::dependent_defaults(std::string_view changed, std::string_view owner)
{
    const Store& store = this->store();
    const Dialect dialect = store.dialect();
    const bool global = owner.empty();
    std::set<std::string> told;
    std::vector<std::string> templates{std::string{owner}};
    while (!templates.empty()) {
        const std::string base = std::move(templates.back());
        templates.pop_back();
        for (std::size_t i = 0; i < store.index().size(); ++i) {
            const IndexEntry entry = store.index().entry(i);
            if (!global && store.resolve_reference(entry.template_name) != base)
                continue;
            const std::string name{entry.name};
            for (const PropertyRow& row : qube_properties()) {
                if ((row.classes(dialect) & class_bit(entry.klass)) == 0)
                    continue;
                const DefaultFrom from = row.from(dialect);
                const bool by_global =
                    global &&
                    (from == DefaultFrom::global || from == DefaultFrom::template_global) &&
                    row.constant(dialect) == changed;
                const bool by_template =
                    !global && row.name == changed &&
                    (from == DefaultFrom::template_or || from == DefaultFrom::template_global);
                if (!by_global && !by_template)
                    continue;
                const Qube* qube = store.find_any(name);
                if (qube == nullptr || qube->property(row.name) || !told.insert(name).second)
                    continue;
                note(name, "property-reset:" + std::string{row.name},
                     {{"name", std::string{row.name}}});
                if (by_template)
                    templates.push_back(name);
            }
        }
    }
}

void Edit::set_feature(std::string_view qube, std::string_view name, std::string_view value)
{
    const Qube* holder = store().find_any(qube);
    const auto old_value = holder == nullptr ? std::nullopt : holder->feature(name);
    if (!splice::set_feature(editor_->store(), qube, name, value))
        return;
    std::vector<std::pair<std::string, std::string>> keys{{"feature", std::string{name}},
                                                          {"value", std::string{value}}};
    if (old_value)
        keys.emplace_back("oldvalue", *old_value);
    note(qube, "domain-feature-set:" + std::string{name}, std::move(keys));
}

bool Edit::remove_feature(std::string_view qube, std::string_view name)
{
    if (!splice::remove_feature(editor_->store(), qube, name))
        return false;
    note(qube, "domain-feature-delete:" + std::string{name}, {{"feature", std::string{name}}});
    return true;
}

void Edit::add_tag(std::string_view qube, std::string_view name)
{
    if (splice::add_tag(editor_->store(), qube, name))
        note(qube, "domain-tag-add:" + std::string{name}, {{"tag", std::string{name}}});
}

bool Edit::remove_tag(std::string_view qube, std::string_view name)
{
    if (!splice::remove_tag(editor_->store(), qube, name))
        return false;
    note(qube, "domain-tag-delete:" + std::string{name}, {{"tag", std::string{name}}});
    return true;
}

void Edit::add_volume(std::string_view qube, std::string_view role, std::string_view element)
{
    splice::add_volume(editor_->store(), qube, role, element);
}

void Edit::remove_volume(std::string_view qube, std::string_view role)
{
    splice::remove_volume(editor_->store(), qube, role);
}

void Edit::set_volume_attribute(std::string_view qube, std::string_view role,
                                std::string_view attribute, std::string_view value)
{
    splice::set_volume_attribute(editor_->store(), qube, role, attribute, value);
}

bool Edit::assign_device(std::string_view qube, const splice::DeviceEntry& entry)
{
    switch (splice::set_device(editor_->store(), qube, entry)) {
    case splice::Change::none: return false;
    case splice::Change::added:
        note(qube, "device-assign:" + entry.klass,
             {{"device", device_text(entry)}, {"options", options_text(entry.options)}});
        return true;
    case splice::Change::altered:
        note(qube, "device-assignment-changed:" + entry.klass, {{"device", device_text(entry)}});
        return true;
    }
    return false;
}

bool Edit::set_assignment(std::string_view qube, const splice::DeviceEntry& entry)
{
    if (!splice::set_device_mode(editor_->store(), qube, entry))
        return false;
    note(qube, "device-assignment-changed:" + entry.klass, {{"device", device_text(entry)}});
    return true;
}

bool Edit::unassign_device(std::string_view qube, const splice::DeviceEntry& entry)
{
    if (!splice::remove_device(editor_->store(), qube, entry))
        return false;
    note(qube, "device-unassign:" + entry.klass, {{"device", device_text(entry)}});
    return true;
}

bool Edit::set_global(std::string_view name, std::string_view value,
                      std::optional<std::string> old_value, std::string new_value)
{
    if (!splice::set_global(editor_->store(), name, value))
        return false;
    note("", "property-set:" + std::string{name},
         value_keys(name, std::move(new_value), std::move(old_value)));
    dependent_defaults(name, "");
    return true;
}

bool Edit::reset_global(std::string_view name, std::optional<std::string> old_value)
{
    if (!splice::remove_global(editor_->store(), name))
        return false;
    note("", "property-reset:" + std::string{name},
         value_keys(name, std::nullopt, std::move(old_value)));
    dependent_defaults(name, "");
    return true;
}

void Edit::add_label(int index, std::string_view name, std::string_view colour)
{
    splice::add_label(editor_->store(), index, name, colour);
}

void Edit::remove_label(std::string_view name)
{
    splice::remove_label(editor_->store(), name);
}

void Edit::add_pool(std::span<const Attribute> attributes)
{
    splice::add_pool(editor_->store(), attributes);
    for (const Attribute& attribute : attributes)
        if (attribute.name == "name")
            note("", "pool-add", {{"pool", attribute.value}});
}

void Edit::remove_pool(std::string_view name)
{
    for (const char* const event : {"pool-pre-delete", "pool-delete"})
        note("", event, {{"pool", std::string{name}}});
    splice::remove_pool(editor_->store(), name);
}

void Edit::set_pool_option(std::string_view name, std::string_view option, std::string_view value)
{
    splice::set_pool_attribute(editor_->store(), name, option, value);
}

void Edit::add_qube(std::string_view name, std::string_view element)
{
    splice::add_domain(editor_->store(), name, element);
    note("", "domain-add", {{"vm", std::string{name}}});
}

void Edit::remove_qube(std::string_view name)
{
    for (const char* const event : {"domain-pre-delete", "domain-delete"})
        note("", event, {{"vm", std::string{name}}}); // while it still says who may hear of it
    splice::remove_domain(editor_->store(), name);
}

void Edit::replace_file(std::string path, std::string bytes,
                        std::function<std::string()> difference)
{
    files_.push_back({std::move(path), std::move(bytes), std::move(difference)});
}

// Whoever else would write them waits for the store's lock.
void Edit::put_files_in_place() const
{
    for (const FileChange& change : files_) {
        const std::string directory = change.path.substr(0, change.path.rfind('/'));
        if (::access(directory.c_str(), F_OK) != 0) {
            make_directories(directory, 0775);
            flush_directory_of(directory);
        }
        remove_leftovers(change.path);
        ReplacementFile file{change.path, 0664};
        file.write(change.bytes);
        give_to_qubes_group(file.fd());
        file.put_in_place();
    }
}

Reply Edit::commit()
{
    if (call_.request().dry_run) {
        std::string differences = line_difference(before_, store().all_bytes());
        for (const FileChange& change : files_)
            differences += change.difference();
        return Reply{differences};
    }
    if (keep_backup_ && editor_->changed())
        keep_store_backup(before_);
    put_files_in_place();
    if (editor_->changed())
        editor_->commit([&] { journal(events_); });
    else if (!files_.empty())
        journal(events_);
    return {};
}

} // namespace qmgmt
