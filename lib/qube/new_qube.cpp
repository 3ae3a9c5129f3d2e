// SPDX-License-Identifier: GPL-2.0-or-later

#include "qube/new_qube.hpp"

#include "base/error.hpp"
#include "names/names.hpp"
#include "storage/volume_config.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace qmgmt {
namespace {

using Properties = std::map<std::string, std::string, std::less<>>;

// Who made or manages the template has no say over its disposables.
constexpr std::array<std::string_view, 3> tags_of_its_makers = {"created-by-", "managed-by-",
                                                                "disp-created-by-"};
// They follow properties.
constexpr std::array<std::string_view, 3> tags_of_properties = {"guivm-", "audiovm-", "relayvm-"};

// State of the template's own: of those it preloads, and of its network while it is paused.
bool is_own_state(std::string_view feature)
{
    return feature.starts_with("preload-dispvm") || feature == "deferred-netvm-original";
}

// The template of a disposable and what a clone is one of; others take nothing over.
const Qube* copied_from(const NewQube& qube, const Store& store)
{
    if (!qube.like.empty())
        return store.find(qube.like);
    if (qube.belongings)
        return nullptr;
    return qube.klass == class_disp ? store.find(qube.base) : nullptr;
}

// What `from` stores, in wire form, and the new qube's class has, too.
Properties copied_properties(const Qube& from, unsigned klass, const Store& store,
                             Effective& effective)
{
    Properties copied;
    for (const PropertyRow& row : qube_properties()) {
        if ((row.classes(store.dialect()) & klass) == 0 || !row.copied || row.name == "label")
            continue;
        const PropertyRow* same = find_property(row.name, from.class_bit(), store.dialect());
        if (same != nullptr && from.property(row.name))
            copied.emplace(row.name, effective.value(from, *same).text);
    }
    return copied;
}

// Who shows the windows of what this caller creates, when it says so (dialect current).
std::optional<std::string> wished_guivm(const NewQube& qube, const Store& store)
{
    const Qube* creator = store.find_any(qube.creator);
    if (store.dialect() != Dialect::current || creator == nullptr)
        return std::nullopt;
    auto wished = creator->feature("set-created-guivm");
    if (!wished || wished->empty())
        return std::nullopt;
    if (*wished != "dom0" && !store.index().find(*wished))
        throw Error{failure::bad_value,
                    "the caller's feature 'set-created-guivm' names no qube that exists"};
    return wished;
}

Properties properties_of(const NewQube& qube, unsigned qid, const Store& store,
                         Effective& effective)
{
    Properties values;
    if (qube.belongings)
        values = qube.belongings->properties;
    if (const Qube* from = copied_from(qube, store))
        values = copied_properties(*from, qube.klass, store, effective);
    if (!qube.like.empty())
        values.erase("autostart"); // whoever makes a copy does not ask for it at each boot
    values["name"] = qube.name;
    values["label"] = qube.label;
    values["qid"] = std::to_string(qid);
    values["uuid"] = qube.uuid.text();
    if (!qube.base.empty())
        values["template"] = qube.base;
    if (qube.dispid)
        values["dispid"] = std::to_string(*qube.dispid);
    if (qube.unnamed)
        values["auto_cleanup"] = "True";
    if (const auto guivm = wished_guivm(qube, store))
        values["guivm"] = *guivm;
    return values;
}

std::vector<Feature> features_of(const NewQube& qube, const Store& store)
{
    std::vector<Feature> features;
    if (qube.belongings)
        features = qube.belongings->features;
    if (const Qube* from = copied_from(qube, store)) {
        features = from->features();
        std::erase_if(features, [&](const Feature& feature) {
            const bool kept = !qube.like.empty() && feature.name == "preload-dispvm-max";
            return is_own_state(feature.name) && !kept;
        });
    }
    if (store.global("check_updates_vm").value_or("True") == "False") {
        std::erase_if(features,
                      [](const Feature& feature) { return feature.name == "check-updates"; });
        features.push_back({"check-updates", ""});
    }
    return features;
}

bool starts_with_one_of(std::string_view tag, const std::array<std::string_view, 3>& prefixes)
{
    return std::ranges::any_of(prefixes,
                               [&](std::string_view prefix) { return tag.starts_with(prefix); });
}

// A clone is managed as the qube it is one of.
bool of_its_makers(std::string_view tag, const NewQube& qube)
{
    return qube.like.empty() ? starts_with_one_of(tag, tags_of_its_makers)
                             : tag.starts_with("created-by-");
}

// As they stand in the store, to the byte; nothing where there are none.
std::string devices_of(const NewQube& qube, const Store& store)
{
    const Qube* like = qube.like.empty() ? nullptr : store.find(qube.like);
    std::string text;
    if (like == nullptr)
        return text;
    for (const Element& child : like->element().children)
        if (child.name == "devices")
            text += "      " + store.bytes(child.outer) + "\n";
    return text;
}

std::set<std::string> tags_of(const NewQube& qube, const Properties& properties, const Store& store)
{
    std::set<std::string> tags{"created-by-" + qube.creator};
    if (qube.unnamed)
        tags.insert("disp-created-by-" + qube.creator);
    if (qube.belongings)
        tags.insert(qube.belongings->tags.begin(), qube.belongings->tags.end());
    const bool current = store.dialect() == Dialect::current;
    if (const Qube* from = copied_from(qube, store)) {
        for (const std::string& tag : from->tags()) {
            if (!of_its_makers(tag, qube) &&
                !(current && starts_with_one_of(tag, tags_of_properties)))
                tags.insert(tag);
        }
    }
    const Qube* creator = store.find_any(qube.creator);
    std::string listed =
        creator == nullptr ? "" : creator->feature("tag-created-vm-with").value_or("");
    while (!listed.empty()) {
        const auto end = std::min(listed.find(' '), listed.size());
        if (end > 0)
            tags.insert(Tag::parse(listed.substr(0, end)).text());
        listed.erase(0, end + 1);
    }
    if (!current)
        return tags;
    // Upstream keeps these in step with the effective values from the first moment.
    for (const std::string_view property : {"guivm", "audiovm"}) {
        const auto own = properties.find(property);
        const std::string value =
            own != properties.end()
                ? own->second
                : store.resolve_reference(
                      store.global("default_" + std::string{property}).value_or("dom0"));
        if (!value.empty() && value.find('.') == std::string::npos)
            tags.insert(std::string{property} + "-" + value);
    }
    return tags;
}

} // namespace

std::string kernel_of(const NewQube& qube, const Store& store, Effective& effective)
{
    if (qube.belongings) {
        const auto own = qube.belongings->properties.find("kernel");
        if (own != qube.belongings->properties.end())
            return own->second;
    }
    const Qube* base = qube.base.empty() ? nullptr : store.find(qube.base);
    const Qube* from = copied_from(qube, store);
    if (from != nullptr && from->property("kernel"))
        return effective.text(*from, "kernel");
    if ((base != nullptr && store.dialect() == Dialect::current))
        return effective.text(*base, "kernel");
    return effective.global_text("default_kernel");
}

std::string element_of(const NewQube& qube, unsigned qid, const Store& store, Effective& effective)
{
    const Properties values = properties_of(qube, qid, store, effective);
    std::string text = "<domain id=\"domain-" + std::to_string(qid) + "\" class=\"" +
                       std::string{class_name(qube.klass)} + "\">\n      <properties>\n";
    for (const PropertyRow& row : qube_properties()) {
        const auto value = values.find(row.name);
        if ((row.classes(store.dialect()) & qube.klass) != 0 && value != values.end())
            text += "        <property name=\"" + value->first + "\">" +
                    escape_text(value->second) + "</property>\n";
    }
    text += "      </properties>\n";
    const auto features = features_of(qube, store);
    text += features.empty() ? "      <features/>\n" : "      <features>\n";
    for (const Feature& feature : features)
        text += "        <feature name=\"" + escape_attribute(feature.name) + "\">" +
                escape_text(feature.value) + "</feature>\n";
    text += features.empty() ? "" : "      </features>\n";
    const std::string devices = devices_of(qube, store);
    const bool before_tags = store.dialect() == Dialect::r40;
    text += before_tags ? devices : "";
    text += "      <tags>\n";
    for (const std::string& tag : tags_of(qube, values, store))
        text += "        <tag name=\"" + escape_attribute(tag) + "\"/>\n";
    text += "      </tags>\n";
    text += before_tags ? "" : devices;
    text += "      <volume-config>\n";
    for (const Volume& volume : qube.volumes)
        text += "        " + volume_element(volume) + "\n";
    return text + "      </volume-config>\n    </domain>";
}

} // namespace qmgmt
