// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/qube.hpp"

#include "names/number.hpp"

#include <algorithm>
#include <utility>

namespace qmgmt {
namespace {

constexpr std::pair<std::string_view, unsigned> classes[] = {
    {"AdminVM", class_admin},           {"TemplateVM", class_template}, {"AppVM", class_app},
    {"StandaloneVM", class_standalone}, {"DispVM", class_disp},         {"RemoteVM", class_remote},
};

// Stored under the old name, asked for under the new one.
std::optional<std::string_view> legacy_name(std::string_view name)
{
    if (name == "virt_mode")
        return "hvm";
    if (name == "template_for_dispvms")
        return "dispvm_allowed";
    return std::nullopt;
}

std::optional<std::string> stored(const Element& properties, std::string_view name)
{
    std::optional<std::string> value;
    for (const Element& property : properties.children) {
        const std::string* own_name = property.attribute("name");
        if (property.name != "property" || own_name == nullptr || *own_name != name)
            continue;
        const std::string* reference = property.attribute("ref");
        value = reference != nullptr && !reference->empty() ? *reference : property.text;
    }
    return value;
}

template<typename Visit>
void for_each(const Element& element, std::string_view container, std::string_view child,
              Visit&& visit)
{
    const Element* parent = element.child(container);
    if (parent == nullptr)
        return;
    for (const Element& entry : parent->children) {
        const std::string* name = entry.attribute("name");
        if (entry.name == child && name != nullptr)
            visit(*name, entry);
    }
}

} // namespace

unsigned class_bit(std::string_view klass)
{
    const auto known =
        std::ranges::find(classes, klass, &std::pair<std::string_view, unsigned>::first);
    return known == std::end(classes) ? 0 : known->second;
}

std::string_view class_name(unsigned bit)
{
    const auto known =
        std::ranges::find(classes, bit, &std::pair<std::string_view, unsigned>::second);
    return known == std::end(classes) ? std::string_view{} : known->first;
}

std::string StoredVolume::attribute(std::string_view name) const
{
    const std::string* value = element->attribute(name);
    return value == nullptr ? "" : *value;
}

Qube::Qube(std::string name, Element element)
    : name_{std::move(name)}, class_bit_{0}, element_{std::move(element)}
{
    const std::string* klass = element_.attribute("class");
    klass_ = klass == nullptr ? "" : *klass;
    class_bit_ = qmgmt::class_bit(klass_);
}

std::optional<std::string> Qube::property(std::string_view name) const
{
    const Element* properties = element_.child("properties");
    if (properties == nullptr)
        return std::nullopt;
    auto value = stored(*properties, name);
    if (value)
        return value;
    if (const auto old_name = legacy_name(name)) {
        value = stored(*properties, *old_name);
        if (value && *old_name == "hvm")
            return parse_boolean(*value).value_or(false) ? "hvm" : "pv";
    }
    return value;
}

std::vector<Feature> Qube::features() const
{
    std::vector<Feature> found;
    for_each(element_, "features", "feature", [&](const std::string& name, const Element& entry) {
        const auto known = std::ranges::find(found, name, &Feature::name);
        if (known != found.end())
            known->value = entry.text; // upstream applies them in order
        else
            found.push_back({name, entry.text});
    });
    return found;
}

std::optional<std::string> Qube::feature(std::string_view name) const
{
    std::optional<std::string> value;
    for_each(element_, "features", "feature", [&](const std::string& own, const Element& entry) {
        if (own == name)
            value = entry.text;
    });
    return value;
}

std::vector<std::string> Qube::tags() const
{
    std::vector<std::string> found;
    for_each(element_, "tags", "tag",
             [&](const std::string& name, const Element&) { found.push_back(name); });
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

bool Qube::has_tag(std::string_view name) const
{
    bool found = false;
    for_each(element_, "tags", "tag",
             [&](const std::string& own, const Element&) { found |= own == name; });
    return found;
}

bool Qube::has_pci_devices() const
{
    return std::ranges::any_of(element_.children, [](const Element& child) {
        const std::string* klass = child.attribute("class");
        return child.name == "devices" && klass != nullptr && *klass == "pci" &&
               std::ranges::any_of(child.children,
                                   [](const Element& device) { return device.name == "device"; });
    });
}

std::vector<StoredVolume> Qube::volumes() const
{
    std::vector<StoredVolume> found;
    for_each(element_, "volume-config", "volume",
             [&](const std::string& name, const Element& entry) {
                 found.push_back({name, &entry});
             });
    return found;
}

} // namespace qmgmt
