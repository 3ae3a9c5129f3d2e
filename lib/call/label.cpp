// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/label.hpp"

#include "base/error.hpp"
#include "names/names.hpp"

#include <algorithm>

namespace qmgmt {

const StoredLabel& find_label(const Store& store, std::string_view untrusted_name)
{
    const auto name = LabelName::parse(untrusted_name);
    const StoredLabel* label = store.label_named(name.text());
    if (label == nullptr)
        throw Error{failure::label_not_found, "no such label"};
    return *label;
}

int free_label_index(const Store& store)
{
    int highest = last_built_in_label;
    for (const StoredLabel& label : store.labels())
        highest = std::max(highest, label.index);
    return highest + 1;
}

bool label_is_used(const Store& store, const StoredLabel& label)
{
    for (const std::string& name : store.names()) {
        const Qube* qube = store.find_any(name);
        const auto stored = qube == nullptr ? std::nullopt : qube->property("label");
        if (stored && store.label(*stored) != nullptr && store.label(*stored)->index == label.index)
            return true;
    }
    return false;
}

} // namespace qmgmt
