// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/source/closure.hpp"

namespace qmgmt {
namespace {

constexpr int longest_template_chain = 8;

void add_if_there(const Store& store, std::string_view name, QubeNames& names)
{
    if (store.index().find(name))
        names.emplace(name);
}

void add_named_by(const Store& store, const Qube& qube, QubeNames& names)
{
    for (const PropertyRow& row : qube_properties())
        if (row.type == PropertyType::qube)
            if (const auto stored = qube.property(row.name))
                add_if_there(store, plain_value(store, qube, row.name, *stored), names);
    for (const Element& devices : qube.element().children)
        if (devices.name == "devices")
            for (const Element& device : devices.children)
                if (const auto* backend = device.attribute("backend-domain"))
                    add_if_there(store, store.resolve_reference(*backend), names);
}

// The volumes of a disposable name those of the template of its template.
void add_templates(const Store& store, const std::string& name, QubeNames& names)
{
    const Qube* qube = store.find_any(name);
    for (int step = 0; qube != nullptr && step < longest_template_chain; ++step) {
        const auto stored = qube->property("template");
        if (!stored || stored->empty())
            return;
        const auto above = store.resolve_reference(*stored);
        add_if_there(store, above, names);
        qube = store.find_any(above);
    }
}

} // namespace

std::string plain_value(const Store& store, const Qube& qube, std::string_view name,
                        std::string_view stored)
{
    const PropertyRow* row = find_property(name, qube.class_bit(), Dialect::current);
    if (row == nullptr)
        row = find_property(name, qube.class_bit(), Dialect::r40);
    if (row != nullptr && row->type == PropertyType::qube)
        return store.resolve_reference(stored);
    if (row != nullptr && row->type == PropertyType::label)
        if (const StoredLabel* label = store.label(stored))
            return label->name;
    return std::string{stored};
}

QubeNames with_references(const Store& store, const QubeNames& names)
{
    QubeNames all = names;
    for (const std::string& name : names)
        if (const Qube* qube = store.find_any(name))
            add_named_by(store, *qube, all);
    const QubeNames named = all;
    for (const std::string& name : named)
        add_templates(store, name, all);
    return all;
}

} // namespace qmgmt
