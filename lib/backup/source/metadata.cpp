// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/source/metadata.hpp"

#include "backup/source/closure.hpp"
#include "names/names.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <array>
#include <sstream>

namespace qmgmt {
namespace {

// These end in the name of a qube.
constexpr std::array<std::string_view, 6> tags_of_others = {
    "created-by-", "managed-by-", "disp-created-by-", "guivm-", "audiovm-", "relayvm-"};
constexpr std::array<std::string_view, 3> features_of_archives = {"backup-content", "backup-path",
                                                                  "backup-size"};

// What is true here and now: of other archives, of disposables that wait, of a network that was
// changed while the qube was paused.
bool is_state(std::string_view feature)
{
    const auto& known = features_of_archives;
    return std::ranges::find(known, feature) != known.end() ||
           (feature.starts_with("preload-dispvm") && feature != "preload-dispvm-max") ||
           feature == "deferred-netvm-original";
}

pugi::xml_node add(pugi::xml_node parent, const char* element, std::string_view name)
{
    pugi::xml_node child = parent.append_child(element);
    child.append_attribute("name") = std::string{name}.c_str();
    return child;
}

// An element that is there without a text says something: a netvm of none, a feature that is ''.
void add_text(pugi::xml_node parent, const char* element, std::string_view name,
              const std::string& text)
{
    add(parent, element, name).append_child(pugi::node_pcdata).set_value(text.c_str());
}

void copy_attributes(pugi::xml_node to, const Element& from)
{
    for (const Attribute& attribute : from.attributes)
        to.append_attribute(attribute.name.c_str()) = attribute.value.c_str();
}

std::string attribute_of(const Element& element, std::string_view name)
{
    const std::string* value = element.attribute(name);
    return value == nullptr ? "" : *value;
}

class Metadata {
public:
    Metadata(const Store& store, const std::vector<SavedQube>& saved, MetadataScope scope)
        : store_{store}, saved_{saved}, all_{scope == MetadataScope::all}
    {
        QubeNames names{"dom0"};
        for (const SavedQube& one : saved)
            names.insert(one.name);
        known_ = with_references(store, names);
        if (all_)
            for (const std::string& name : store.names())
                known_.insert(name);
    }

    [[nodiscard]] std::string text()
    {
        pugi::xml_node root = document_.append_child("qubes");
        add_labels(root.append_child("labels"));
        pugi::xml_node pools = root.append_child("pools");
        add_globals(root.append_child("properties"));
        pugi::xml_node domains = root.append_child("domains");
        for (const std::string& name : store_.names()) // dom0 is the first
            if (known_.contains(name))
                add_domain(domains, name);
        add_pools(pools);
        std::ostringstream out;
        document_.save(out, "  ", pugi::format_indent | pugi::format_no_declaration,
                       pugi::encoding_utf8);
        return std::move(out).str();
    }

private:
    [[nodiscard]] const SavedQube* saved(std::string_view name) const
    {
        const auto found = std::ranges::find(saved_, name, &SavedQube::name);
        return found == saved_.end() ? nullptr : &*found;
    }

    void add_labels(pugi::xml_node labels) const
    {
        for (const StoredLabel& label : store_.labels()) {
            pugi::xml_node node = labels.append_child("label");
            node.append_attribute("id") = ("label-" + std::to_string(label.index)).c_str();
            node.append_attribute("color") = label.colour.c_str();
            node.text() = label.name.c_str();
        }
    }

    // Those of the volumes that are described.
    void add_pools(pugi::xml_node pools) const
    {
        for (const StoredPool& pool : store_.pools()) {
            if (!all_ && !pools_.contains(pool.name))
                continue;
            pugi::xml_node node = add(pools, "pool", pool.name);
            node.append_attribute("driver") = pool.driver.c_str();
            for (const Attribute& option : pool.options)
                node.append_attribute(option.name.c_str()) = option.value.c_str();
        }
    }

    void add_globals(pugi::xml_node properties) const
    {
        for (const PropertyRow& row : global_properties()) {
            const auto stored = store_.global(row.name);
            if (!stored)
                continue;
            const auto value =
                row.type == PropertyType::qube ? store_.resolve_reference(*stored) : *stored;
            if (row.type != PropertyType::qube || value.empty() || known_.contains(value))
                add_text(properties, "property", row.name, value);
        }
    }

    void add_domain(pugi::xml_node domains, const std::string& name)
    {
        const Qube* qube = store_.find_any(name);
        if (qube == nullptr)
            return;
        const SavedQube* of_archive = saved(name);
        const bool whole = all_ || of_archive != nullptr;
        pugi::xml_node domain = domains.append_child("domain");
        const auto entry = store_.index().find(name);
        domain.append_attribute("id") =
            ("domain-" + std::to_string(entry ? entry->qid : 0)).c_str();
        domain.append_attribute("class") = name == "dom0" ? "AdminVM" : qube->klass().c_str();
        add_properties(domain.append_child("properties"), *qube, whole);
        add_features(domain.append_child("features"), *qube, whole, of_archive);
        add_tags(domain.append_child("tags"), *qube, whole);
        if (!whole)
            return;
        add_devices(domain, *qube);
        if (qube->class_bit() != class_admin)
            add_volumes(domain.append_child("volume-config"), *qube);
    }

    void add_properties(pugi::xml_node properties, const Qube& qube, bool whole) const
    {
        const Element* stored = qube.element().child("properties");
        if (stored == nullptr)
            return;
        QubeNames done;
        for (const Element& property : stored->children) {
            const auto name = attribute_of(property, "name");
            const bool told = whole || name == "name" || name == "label";
            // the last of several counts, and all of them are that one
            if (property.name != "property" || name.empty() || !told || !done.insert(name).second)
                continue;
            add_text(properties, "property", name,
                     plain_value(store_, qube, name, *qube.property(name)));
        }
    }

    void add_features(pugi::xml_node features, const Qube& qube, bool whole,
                      const SavedQube* of_archive) const
    {
        add_text(features, "feature", "backup-content", of_archive != nullptr ? "1" : "");
        if (of_archive != nullptr) {
            add_text(features, "feature", "backup-path", of_archive->path);
            add_text(features, "feature", "backup-size", std::to_string(of_archive->size));
        }
        if (!whole)
            return;
        for (const Feature& feature : qube.features()) {
            if (!is_state(feature.name))
                add_text(features, "feature", feature.name, feature.value);
        }
    }

    [[nodiscard]] bool names_a_stranger(std::string_view tag) const
    {
        return std::ranges::any_of(tags_of_others, [&](std::string_view prefix) {
            return tag.starts_with(prefix) && !known_.contains(tag.substr(prefix.size()));
        });
    }

    void add_tags(pugi::xml_node tags, const Qube& qube, bool whole) const
    {
        if (!whole)
            return;
        for (const std::string& tag : qube.tags())
            if (!names_a_stranger(tag))
                add(tags, "tag", tag);
    }

    static void add_devices(pugi::xml_node domain, const Qube& qube)
    {
        for (const Element& devices : qube.element().children) {
            if (devices.name != "devices")
                continue;
            pugi::xml_node copy = domain.append_child("devices");
            copy_attributes(copy, devices);
            for (const Element& device : devices.children) {
                if (device.name != "device")
                    continue;
                pugi::xml_node one = copy.append_child("device");
                copy_attributes(one, device);
                for (const Element& option : device.children)
                    add_text(one, option.name.c_str(), attribute_of(option, "name"), option.text);
            }
        }
    }

    // What was lent to it is no part of it, and by its vid another's.
    void add_volumes(pugi::xml_node config, const Qube& qube)
    {
        for (const StoredVolume& volume : qube.volumes()) {
            if (!is_told(volume, qube))
                continue;
            copy_attributes(config.append_child("volume"), *volume.element);
            pools_.insert(volume.attribute("pool"));
        }
    }

    // Where a name of a qube stands in a vid: "appvms/work/private", "vg0/vm-work-private".
    [[nodiscard]] bool is_told(const StoredVolume& volume, const Qube& qube) const
    {
        static constexpr std::array<std::string_view, 4> usual = {"root", "private", "volatile",
                                                                  "kernel"};
        const auto vid = volume.attribute("vid");
        return all_ || std::ranges::find(usual, volume.role) != usual.end() ||
               vid.ends_with("/" + qube.name() + "/" + volume.role) ||
               vid.ends_with("/vm-" + qube.name() + "-" + volume.role);
    }

    const Store& store_;
    const std::vector<SavedQube>& saved_;
    bool all_;
    QubeNames known_; // who may be named
    QubeNames pools_; // of the volumes
    pugi::xml_document document_;
};

} // namespace

std::uint64_t most_archived(std::uint64_t usage, std::size_t files) noexcept
{
    constexpr std::uint64_t per_file = 64 << 10;
    constexpr std::uint64_t always = 1 << 20;
    return usage + usage / 256 + per_file * files + always;
}

std::string archive_metadata(const Store& store, const std::vector<SavedQube>& saved,
                             MetadataScope scope)
{
    return Metadata{store, saved, scope}.text();
}

} // namespace qmgmt
