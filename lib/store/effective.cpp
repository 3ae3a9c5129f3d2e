// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/effective.hpp"

#include "names/number.hpp"

namespace qmgmt {
namespace {

PropertyValue by_default(std::string text)
{
    return {std::move(text), true, true};
}

PropertyValue nothing()
{
    return {"", true, false};
}

std::string lower(std::string_view text)
{
    std::string out{text};
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

} // namespace

std::string Effective::normalised(const Qube* qube, const PropertyRow& row, std::string_view stored)
{
    switch (row.type) {
    case PropertyType::boolean: return parse_boolean(stored).value_or(false) ? "True" : "False";
    case PropertyType::integer:
        if (const auto number = parse_integer(stored))
            return std::to_string(*number);
        return std::string{stored};
    case PropertyType::qube: {
        std::string name = store_.resolve_reference(stored);
        // Upstream blanks these at load when the qube named is no disposable template.
        if (qube != nullptr && (row.name == "default_dispvm" || row.name == "management_dispvm")) {
            const Qube* base = store_.find_any(name);
            if (base == nullptr || text(*base, "template_for_dispvms") != "True")
                return "";
        }
        return name;
    }
    case PropertyType::label: {
        const StoredLabel* label = store_.label(stored);
        return label == nullptr ? std::string{stored} : label->name;
    }
    case PropertyType::text:
        return row.name == "uuid" || row.name == "mac" ? lower(stored) : std::string{stored};
    }
    return std::string{stored};
}

PropertyValue Effective::value(const Qube& qube, const PropertyRow& row)
{
    if (row.rule != PropertyRule::read_only) {
        if (const auto stored = qube.property(row.name))
            return {normalised(&qube, row, *stored), false, true};
    }
    return default_value(qube, row);
}

std::string Effective::text(const Qube& qube, std::string_view name)
{
    const PropertyRow* row = find_property(name, qube.class_bit(), store_.dialect());
    return row == nullptr ? "" : value(qube, *row).text;
}

PropertyValue Effective::from_template(const Qube& qube, const PropertyRow& row,
                                       PropertyValue otherwise)
{
    const Qube* base = template_of(qube);
    const PropertyRow* same =
        base == nullptr ? nullptr : find_property(row.name, base->class_bit(), store_.dialect());
    if (same == nullptr)
        return otherwise;
    PropertyValue inherited = value(*base, *same);
    inherited.is_default = true;
    return inherited;
}

PropertyValue Effective::default_value(const Qube& qube, const PropertyRow& row)
{
    const auto key = std::pair{qube.name(), row.name};
    if (!asking_.insert(key).second)
        return nothing(); // a loop in the store
    PropertyValue found;
    switch (row.from(store_.dialect())) {
    case DefaultFrom::nothing: found = nothing(); break;
    case DefaultFrom::constant:
        found = by_default(std::string{row.constant(store_.dialect())});
        break;
    case DefaultFrom::global:
        found = by_default(global_text(row.constant(store_.dialect())));
        break;
    case DefaultFrom::template_or:
        found = from_template(qube, row, by_default(std::string{row.constant(store_.dialect())}));
        break;
    case DefaultFrom::template_global:
        found = from_template(qube, row, by_default(global_text(row.constant(store_.dialect()))));
        break;
    case DefaultFrom::computed: found = computed(qube, row); break;
    case DefaultFrom::live: found = by_default(live_.value(&qube, row.name)); break;
    }
    asking_.erase(key);
    return found;
}

PropertyValue Effective::global(const PropertyRow& row)
{
    if (row.rule != PropertyRule::read_only) {
        if (const auto stored = store_.global(row.name))
            return {normalised(nullptr, row, *stored), false, true};
    }
    return global_default(row);
}

std::string Effective::global_text(std::string_view name)
{
    const PropertyRow* row = find_global(name, store_.dialect());
    return row == nullptr ? "" : global(*row).text;
}

PropertyValue Effective::global_default(const PropertyRow& row)
{
    const Dialect dialect = store_.dialect();
    switch (row.from(dialect)) {
    case DefaultFrom::constant: return by_default(std::string{row.constant(dialect)});
    case DefaultFrom::global: return by_default(global_text(row.constant(dialect)));
    case DefaultFrom::live: return by_default(live_.value(nullptr, row.name));
    case DefaultFrom::computed:
        if (row.name == "default_pool")
            return by_default(default_pool());
        return nothing();
    case DefaultFrom::nothing:
    case DefaultFrom::template_or:
    case DefaultFrom::template_global: return nothing();
    }
    return nothing();
}

const Qube* Effective::netvm(const Qube& qube)
{
    const std::string name = text(qube, "netvm");
    return name.empty() ? nullptr : store_.find_any(name);
}

const Qube* Effective::template_of(const Qube& qube)
{
    const auto stored = qube.property("template");
    if (!stored || stored->empty())
        return nullptr;
    return store_.find_any(store_.resolve_reference(*stored));
}

std::optional<std::string> Effective::feature_with_template(const Qube& qube, std::string_view name)
{
    return feature_along(&Effective::template_of, qube, name);
}

std::optional<std::string> Effective::feature_with_netvm(const Qube& qube, std::string_view name)
{
    return feature_along(&Effective::netvm, qube, name);
}

std::optional<std::string> Effective::feature_along(const Qube* (Effective::*next)(const Qube&),
                                                    const Qube& qube, std::string_view name)
{
    std::set<std::string_view> seen;
    for (const Qube* at = &qube; at != nullptr && seen.insert(at->name()).second;
         at = (this->*next)(*at)) {
        if (auto value = at->feature(name))
            return value;
    }
    return std::nullopt;
}

} // namespace qmgmt
