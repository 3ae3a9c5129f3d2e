// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/error.hpp"
#include "store/domain_part.hpp"
#include "store/element_edit.hpp"
#include "store/splice.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace qmgmt::splice {
namespace {

// The order in which upstream writes the attributes of a device.
constexpr std::array<std::string_view, 4> device_attributes = {"backend-domain", "id", "mode",
                                                               "identity"};

bool knows_modes(const Store& store)
{
    return store.dialect() != Dialect::r40;
}

bool has(const Element& device, std::string_view attribute, std::string_view wanted)
{
    const std::string* value = device.attribute(attribute);
    return value == nullptr || value->empty() ? wanted == "*" : *value == wanted;
}

bool is_class(const Element& child, std::string_view klass)
{
    const std::string* own = child.attribute("class");
    return child.name == "devices" && own != nullptr && *own == klass;
}

// The last of several, as with properties.
std::optional<Element> find(Store& store, std::string_view qube, const DeviceEntry& entry)
{
    std::optional<Element> found;
    for (const Element& child : domain_element(store, qube).children) {
        if (!is_class(child, entry.klass))
            continue;
        for (const Element& device : child.children)
            if (device.name == "device" && has(device, "backend-domain", entry.backend) &&
                has(device, "id", entry.port) && has(device, "identity", entry.identity))
                found = device;
    }
    return found;
}

Element there(Store& store, std::string_view qube, const DeviceEntry& entry)
{
    auto found = find(store, qube, entry);
    if (!found)
        throw Error{failure::internal, "a device of the store is not where it was put"};
    return std::move(*found);
}

// Made where it is missing.
Element section(Store& store, std::string_view qube, const std::string& klass)
{
    for (bool made = false;; made = true) {
        const Element domain = domain_element(store, qube);
        const auto found = std::ranges::find_if(
            domain.children, [&](const Element& child) { return is_class(child, klass); });
        if (found != domain.children.end())
            return *found;
        if (made)
            throw Error{failure::internal, "a part of the store is not where it was put"};
        insert_part(store, qube, "devices", "<devices class=\"" + escape_attribute(klass) + "\"/>");
    }
}

void add(Store& store, std::string_view qube, const DeviceEntry& entry)
{
    std::vector<Attribute> attributes{{"backend-domain", entry.backend}, {"id", entry.port}};
    if (knows_modes(store)) {
        attributes.push_back({"mode", entry.mode});
        attributes.push_back({"identity", entry.identity});
    }
    insert_sorted(store, section(store, qube, entry.klass), "device", never,
                  tag_with("device", attributes) + "/>");
}

bool set_options(Store& store, std::string_view qube, const DeviceEntry& entry)
{
    bool changed = false;
    std::set<std::string> surplus;
    for (const Element& child : there(store, qube, entry).children) {
        const std::string* name = child.attribute("name");
        if (child.name == "option" && name != nullptr)
            surplus.insert(*name);
    }
    for (const auto& [name, value] : entry.options) {
        surplus.erase(name);
        const Element device = there(store, qube, entry);
        changed = set_entry(store, device, "option", name, value, never) || changed;
    }
    for (const std::string& name : surplus) {
        const Element device = there(store, qube, entry);
        changed = remove_entries(store, &device, "option", name) || changed;
    }
    return changed;
}

} // namespace

Change set_device(Store& store, std::string_view qube, const DeviceEntry& entry)
{
    const bool added = !find(store, qube, entry);
    if (added)
        add(store, qube, entry);
    const bool other_mode = !added && set_device_mode(store, qube, entry);
    const bool other_options = set_options(store, qube, entry);
    if (added)
        return Change::added;
    return other_mode || other_options ? Change::altered : Change::none;
}

bool set_device_mode(Store& store, std::string_view qube, const DeviceEntry& entry)
{
    const auto device = find(store, qube, entry);
    return device && knows_modes(store) &&
           set_attribute(store, *device, "mode", entry.mode, device_attributes);
}

bool remove_device(Store& store, std::string_view qube, const DeviceEntry& entry)
{
    bool removed = false;
    while (const auto device = find(store, qube, entry)) { // an entry may stand there twice
        remove(store, device->outer);
        removed = true;
    }
    return removed;
}

} // namespace qmgmt::splice
