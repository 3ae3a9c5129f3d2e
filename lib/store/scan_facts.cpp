// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/scan_facts.hpp"

#include "names/number.hpp"
#include "store/property_table.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace qmgmt {
namespace {

std::string_view attribute(const char** attributes, std::string_view wanted)
{
    for (const char** pair = attributes; *pair != nullptr; pair += 2) {
        if (pair[0] == wanted)
            return pair[1];
    }
    return {};
}

bool has_attribute(const char** attributes, std::string_view wanted)
{
    for (const char** pair = attributes; *pair != nullptr; pair += 2) {
        if (pair[0] == wanted)
            return true;
    }
    return false;
}

std::string lower(std::string text)
{
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return text;
}

bool is_qube_reference(std::string_view property)
{
    for (const std::string_view name : {"template", "netvm", "default_dispvm", "management_dispvm",
                                        "guivm", "audiovm", "relayvm"}) {
        if (name == property)
            return true;
    }
    return false;
}

// Properties that only dialect `current` knows, of whatever class.
std::set<std::string_view> known_to_current_only(std::span<const PropertyRow> rows)
{
    std::set<std::string_view> names;
    for (const PropertyRow& row : rows)
        names.insert(row.name);
    for (const PropertyRow& row : rows) {
        if (row.classes_r40 != 0)
            names.erase(row.name);
    }
    return names;
}

bool only_current(std::string_view property, bool global)
{
    static const auto of_qubes = known_to_current_only(qube_properties());
    static const auto of_system = known_to_current_only(global_properties());
    return (global ? of_system : of_qubes).contains(property);
}

} // namespace

bool StoreFacts::has_label(std::string_view text) const
{
    return std::ranges::any_of(labels, [&](const LabelFacts& label) {
        return label.name == text || label.id == text ||
               (label.id.starts_with("label-") && std::string_view{label.id}.substr(6) == text);
    });
}

bool StoreFacts::has_pool(std::string_view name) const
{
    return std::ranges::any_of(pools, [&](const PoolFacts& pool) { return pool.name == name; });
}

bool StoreFacts::has_id(std::string_view id) const
{
    return std::ranges::any_of(domains, [&](const DomainFacts& domain) { return domain.id == id; });
}

std::vector<StoreFault> StoreFacts::label_and_pool_faults() const
{
    std::vector<StoreFault> faults;
    std::set<std::string_view> names;
    std::set<std::string_view> ids;
    for (const LabelFacts& label : labels) {
        const std::string subject = "label '" + label.name + "'";
        const auto index = parse_decimal(std::string_view{label.id}.substr(
            label.id.starts_with("label-") ? 6 : label.id.size()));
        if (!index || *index < 1)
            faults.push_back({label.range.begin, subject, "its id is not label-<number>"});
        else if (!ids.insert(label.id).second)
            faults.push_back({label.range.begin, subject, "another label has its index"});
        else if (!names.insert(label.name).second)
            faults.push_back({label.range.begin, subject, "another label has its name"});
    }
    names.clear();
    for (const PoolFacts& pool : pools) {
        if (pool.name.empty() || !names.insert(pool.name).second)
            faults.push_back({pool.range.begin, "pool '" + pool.name + "'",
                              pool.name.empty() ? "it has no name" : "another pool has its name"});
    }
    return faults;
}

void FactReader::start(const XmlStart& tag)
{
    switch (tag.depth) {
    case 1:
        facts_.root_name = tag.name;
        facts_.sections.root = tag.range;
        break;
    case 2: start_section(tag); break;
    case 3: start_entry(tag); break;
    default:
        if (in_domain_)
            start_part(tag);
    }
}

void FactReader::start_section(const XmlStart& tag)
{
    const std::string_view name = tag.name;
    const auto open = [&](Section section, Range& range) {
        if (range.size() == 0) { // the first of a name counts, as for upstream's readers
            range = tag.range;
            section_ = section;
        }
    };
    section_ = Section::none;
    if (name == "labels")
        open(Section::labels, facts_.sections.labels);
    else if (name == "pools")
        open(Section::pools, facts_.sections.pools);
    else if (name == "properties")
        open(Section::properties, facts_.sections.properties);
    else if (name == "domains")
        open(Section::domains, facts_.sections.domains);
}

void FactReader::start_entry(const XmlStart& tag)
{
    const std::string_view name = tag.name;
    text_.clear();
    if (section_ == Section::labels && name == "label") {
        facts_.labels.push_back({tag.range, std::string{attribute(tag.attributes, "id")}, {}});
        reading_ = true;
    } else if (section_ == Section::pools && name == "pool") {
        facts_.pools.push_back({tag.range, std::string{attribute(tag.attributes, "name")}});
        facts_.sign_of_current |= has_attribute(tag.attributes, "ephemeral_volatile");
    } else if (section_ == Section::properties && name == "property") {
        property_ = attribute(tag.attributes, "name");
        reference_ = attribute(tag.attributes, "ref");
        reading_ = true;
    } else if (section_ == Section::domains && name == "domain") {
        DomainFacts& domain = facts_.domains.emplace_back();
        domain.range = tag.range;
        domain.id = attribute(tag.attributes, "id");
        domain.klass = attribute(tag.attributes, "class");
        if (domain.klass == "AdminVM") {
            domain.name = "dom0";
            domain.qid = 0;
        }
        facts_.sign_of_current |= domain.klass == "RemoteVM";
        in_domain_ = true;
        has_tags_ = false;
    }
}

void FactReader::start_part(const XmlStart& tag)
{
    const std::string_view name = tag.name;
    if (tag.depth == 4) {
        part_ = name == "properties"      ? Part::properties
                : name == "devices"       ? Part::devices
                : name == "tags"          ? Part::tags
                : name == "volume-config" ? Part::volumes
                                          : Part::none;
        if (part_ == Part::tags && std::exchange(has_tags_, true))
            part_ = Part::none; // the first counts
        return;
    }
    if (tag.depth != 5)
        return;
    if (part_ == Part::properties && name == "property") {
        property_ = attribute(tag.attributes, "name");
        reference_ = attribute(tag.attributes, "ref");
        text_.clear();
        reading_ = true;
    } else if (part_ == Part::devices && name == "device") {
        facts_.sign_of_current |=
            has_attribute(tag.attributes, "mode") || has_attribute(tag.attributes, "identity");
    } else if (part_ == Part::tags && name == "tag") {
        take_tag(attribute(tag.attributes, "name"));
    } else if (part_ == Part::volumes && name == "volume") {
        facts_.sign_of_current |= has_attribute(tag.attributes, "ephemeral");
        if (const auto pool = attribute(tag.attributes, "pool"); !pool.empty())
            facts_.domains.back().pools.emplace_back(pool);
    }
}

// What no tag can be called is nobody's to ask for.
void FactReader::take_tag(std::string_view name)
{
    if (name.empty() || name.find(' ') != std::string_view::npos)
        return;
    std::string& tags = facts_.domains.back().tags;
    if (tags.empty())
        tags = ' ';
    (tags += name) += ' ';
}

void FactReader::end(const XmlEnd& tag)
{
    switch (tag.depth) {
    case 1: facts_.sections.root.end = tag.range.end; break;
    case 2:
        switch (section_) {
        case Section::labels: facts_.sections.labels.end = tag.range.end; break;
        case Section::pools: facts_.sections.pools.end = tag.range.end; break;
        case Section::properties: facts_.sections.properties.end = tag.range.end; break;
        case Section::domains: facts_.sections.domains.end = tag.range.end; break;
        case Section::none: break;
        }
        section_ = Section::none;
        break;
    case 3:
        if (section_ == Section::labels && reading_)
            facts_.labels.back().name = text_;
        else if (section_ == Section::properties && reading_)
            take_global();
        else if (in_domain_)
            facts_.domains.back().range.end = tag.range.end;
        reading_ = false;
        in_domain_ = false;
        break;
    case 5:
        if (in_domain_ && reading_)
            take_property();
        reading_ = false;
        break;
    default: break;
    }
}

void FactReader::text(std::string_view characters)
{
    if (reading_)
        text_ += characters;
}

void FactReader::take_global()
{
    if (property_ == "default_netvm")
        facts_.default_netvm = reference_.empty() ? text_ : reference_;
    facts_.sign_of_current |= only_current(property_, true);
}

void FactReader::take_property()
{
    DomainFacts& domain = facts_.domains.back();
    const std::string& value = reference_.empty() ? text_ : reference_;
    facts_.sign_of_current |= only_current(property_, false);
    if (property_ == "name") {
        if (domain.klass != "AdminVM")
            domain.name = value;
    } else if (property_ == "qid") {
        const auto number = parse_decimal(value);
        if (domain.klass != "AdminVM")
            domain.qid = number && *number <= 10'000
                             ? std::optional{static_cast<std::uint32_t>(*number)}
                             : std::nullopt;
    } else if (property_ == "uuid") {
        domain.uuid = lower(value);
        if (!Uuid::parse(value))
            domain.bad_property = "its uuid is not one";
    } else if (property_ == "label") {
        domain.label = value;
    } else if (property_ == "provides_network") {
        domain.provides_network = parse_boolean(value).value_or(false);
    } else if (property_ == "template_for_dispvms" || property_ == "dispvm_allowed") {
        domain.template_for_dispvms = parse_boolean(value).value_or(false);
    } else if (is_qube_reference(property_)) {
        if (property_ == "template")
            domain.template_name = value;
        if (property_ == "netvm") {
            domain.netvm_choice = value.empty() ? NetvmChoice::none : NetvmChoice::named;
            domain.netvm = value;
        }
        if (!value.empty())
            domain.references.emplace_back(property_, value);
    }
}

} // namespace qmgmt
