// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/element_edit.hpp"
#include "store/splice.hpp"

namespace qmgmt::splice {

bool set_global(Store& store, std::string_view name, std::string_view value)
{
    const Range range = store.index().sections().properties;
    if (range.size() == 0) {
        const Range at = store.index().sections().domains;
        Element domains;
        domains.outer = at;
        insert_before(store, domains,
                      "<properties>\n    <property name=\"" + escape_attribute(name) + "\">" +
                          escape_text(value) + "</property>\n  </properties>");
        store.reindex();
        return true;
    }
    return set_entry(store, parse_element(store.bytes(range), range.begin), "property", name, value,
                     behind_name(name));
}

bool remove_global(Store& store, std::string_view name)
{
    const Range range = store.index().sections().properties;
    if (range.size() == 0)
        return false;
    const Element properties = parse_element(store.bytes(range), range.begin);
    return remove_entries(store, &properties, "property", name);
}

void add_label(Store& store, int index, std::string_view name, std::string_view colour)
{
    const Range range = store.index().sections().labels;
    const Element labels = parse_element(store.bytes(range), range.begin);
    const std::string text = "<label id=\"label-" + std::to_string(index) + "\" color=\"" +
                             escape_attribute(colour) + "\">" + escape_text(name) + "</label>";
    insert_sorted(store, labels, "label", never, text);
}

void remove_label(Store& store, std::string_view name)
{
    if (const StoredLabel* label = store.label_named(name))
        remove(store, label->range);
}

void add_pool(Store& store, std::span<const Attribute> attributes)
{
    const std::string text = tag_with("pool", attributes) + "/>";
    const Sections& sections = store.index().sections();
    if (sections.pools.size() == 0) {
        Element labels;
        labels.outer = sections.labels;
        insert_after(store, labels, "<pools>\n    " + text + "\n  </pools>");
        store.reindex();
        return;
    }
    insert_sorted(store, parse_element(store.bytes(sections.pools), sections.pools.begin), "pool",
                  never, text);
}

void remove_pool(Store& store, std::string_view name)
{
    while (const StoredPool* pool = store.pool(name)) // an entry may stand there twice
        remove(store, Range{pool->range});
}

bool set_pool_attribute(Store& store, std::string_view name, std::string_view attribute,
                        std::string_view value)
{
    const StoredPool* pool = store.pool(name);
    if (pool == nullptr)
        return false;
    return set_attribute(store, parse_element(store.bytes(pool->range), pool->range.begin),
                         attribute, value);
}

} // namespace qmgmt::splice
