// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/domain_part.hpp"
#include "store/element_edit.hpp"
#include "store/splice.hpp"

#include <algorithm>
#include <array>

namespace qmgmt::splice {
namespace {

// The order in which upstream writes the attributes of a volume.
constexpr std::array<std::string_view, 10> volume_attributes = {
    "name",      "pool", "vid",   "revisions_to_keep", "rw", "save_on_stop", "snap_on_start",
    "ephemeral", "size", "source"};

// Makes the container of a domain if it is not there, and returns it freshly parsed.
Element container(Store& store, std::string_view qube, std::string_view part)
{
    const Element domain = domain_element(store, qube);
    if (const Element* found = domain.child(part))
        return *found;
    insert_part(store, qube, part, "<" + std::string{part} + "/>");
    return *domain_element(store, qube).child(part);
}

bool late_stage(std::string_view property)
{
    return std::ranges::any_of(qube_properties(), [&](const PropertyRow& row) {
        return row.name == property && row.late_stage;
    });
}

// Properties stand in this order.
std::pair<bool, std::string> stage_and_name(std::string_view property)
{
    return {late_stage(property), std::string{property}};
}

// The spelling a store may have for a property of today.
std::string_view stored_name(const Element& properties, std::string_view name)
{
    const std::string_view old_name = name == "virt_mode"              ? "hvm"
                                      : name == "template_for_dispvms" ? "dispvm_allowed"
                                                                       : "";
    if (!old_name.empty() && named(properties, "property", name).empty() &&
        !named(properties, "property", old_name).empty())
        return old_name;
    return name;
}

} // namespace

bool set_property(Store& store, std::string_view qube, std::string_view name,
                  std::string_view value)
{
    Element properties = container(store, qube, "properties");
    if (const auto old_name = stored_name(properties, name); old_name != name) {
        remove_entries(store, &properties, "property", old_name);
        properties = container(store, qube, "properties");
    }
    return set_entry(store, properties, "property", name, value, [&](const Element& sibling) {
        const std::string* own = sibling.attribute("name");
        return own != nullptr && stage_and_name(*own) > stage_and_name(name);
    });
}

bool remove_property(Store& store, std::string_view qube, std::string_view name)
{
    const Element domain = domain_element(store, qube);
    const Element* properties = domain.child("properties");
    if (properties == nullptr)
        return false;
    return remove_entries(store, properties, "property", stored_name(*properties, name));
}

bool set_feature(Store& store, std::string_view qube, std::string_view name, std::string_view value)
{
    return set_entry(store, container(store, qube, "features"), "feature", name, value, never);
}

bool remove_feature(Store& store, std::string_view qube, std::string_view name)
{
    const Element domain = domain_element(store, qube);
    return remove_entries(store, domain.child("features"), "feature", name);
}

bool add_tag(Store& store, std::string_view qube, std::string_view name)
{
    const Element tags = container(store, qube, "tags");
    if (!named(tags, "tag", name).empty())
        return false;
    insert_sorted(store, tags, "tag", behind_name(name),
                  "<tag name=\"" + escape_attribute(name) + "\"/>");
    return true;
}

bool remove_tag(Store& store, std::string_view qube, std::string_view name)
{
    const Element domain = domain_element(store, qube);
    return remove_entries(store, domain.child("tags"), "tag", name);
}

bool add_volume(Store& store, std::string_view qube, std::string_view role,
                std::string_view element)
{
    const Element volumes = container(store, qube, "volume-config");
    if (!named(volumes, "volume", role).empty())
        return false;
    insert_sorted(store, volumes, "volume", never, element);
    return true;
}

bool remove_volume(Store& store, std::string_view qube, std::string_view role)
{
    const Element domain = domain_element(store, qube);
    return remove_entries(store, domain.child("volume-config"), "volume", role);
}

bool set_volume_attribute(Store& store, std::string_view qube, std::string_view role,
                          std::string_view attribute, std::string_view value)
{
    const Element domain = domain_element(store, qube);
    const Element* volumes = domain.child("volume-config");
    if (volumes == nullptr)
        return false;
    const auto entries = named(*volumes, "volume", role);
    if (entries.empty())
        return false;
    return set_attribute(store, *entries.back(), attribute, value, volume_attributes);
}

void add_domain(Store& store, std::string_view name, std::string_view element)
{
    const Index& index = store.index();
    const auto sorts_before = [](std::string_view left, std::string_view right) {
        return std::pair{left != "dom0", left} < std::pair{right != "dom0", right};
    };
    bool sorted = true;
    std::optional<Range> behind;
    for (std::size_t i = 0; i < index.size(); ++i) {
        const IndexEntry entry = index.entry(i);
        if (i > 0 && sorts_before(entry.name, index.entry(i - 1).name))
            sorted = false;
        if (!behind && sorts_before(name, entry.name))
            behind = entry.range;
    }
    Element sibling;
    if (sorted && behind) {
        sibling.outer = *behind;
        insert_before(store, sibling, element);
    } else if (index.size() > 0) {
        sibling.outer = index.entry(index.size() - 1).range;
        insert_after(store, sibling, element);
    } else {
        const Range domains = index.sections().domains;
        insert_into(store, parse_element(store.bytes(domains), domains.begin), element);
    }
    store.reindex();
}

void remove_domain(Store& store, std::string_view name)
{
    if (const auto entry = store.index().find(name)) {
        remove(store, entry->range);
        store.reindex();
    }
}

} // namespace qmgmt::splice
