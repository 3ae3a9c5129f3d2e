// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/element_edit.hpp"

#include <algorithm>
#include <optional>

namespace qmgmt::splice {
namespace {

// The blanks that indent an element with a line of its own; nothing for one that has none.
std::optional<std::string_view> indentation(std::string_view bytes, std::size_t begin)
{
    std::size_t at = begin;
    while (at > 0 && (bytes[at - 1] == ' ' || bytes[at - 1] == '\t'))
        --at;
    if (at == 0 || bytes[at - 1] != '\n')
        return std::nullopt;
    return bytes.substr(at, begin - at);
}

// `<NAME attributes>value</NAME>`, attributes as they are, without `ref`.
std::string rebuilt(const Element& element, std::string_view value)
{
    std::string text = "<" + element.name;
    for (const Attribute& attribute : element.attributes) {
        if (attribute.name != "ref")
            text += " " + attribute.name + "=\"" + escape_attribute(attribute.value) + "\"";
    }
    return text + ">" + escape_text(value) + "</" + element.name + ">";
}

void set_text(Store& store, const Element& element, std::string_view value)
{
    if (element.closes_itself || element.attribute("ref") != nullptr)
        store.replace(element.outer, rebuilt(element, value));
    else
        store.replace(element.inner, escape_text(value));
}

} // namespace

void insert_before(Store& store, const Element& sibling, std::string_view text)
{
    std::string inserted{text};
    if (const auto blanks = indentation(store.all_bytes(), sibling.outer.begin))
        inserted += "\n" + std::string{*blanks};
    store.replace({sibling.outer.begin, sibling.outer.begin}, inserted);
}

void insert_after(Store& store, const Element& sibling, std::string_view text)
{
    std::string inserted;
    if (const auto blanks = indentation(store.all_bytes(), sibling.outer.begin))
        inserted = "\n" + std::string{*blanks};
    inserted += text;
    store.replace({sibling.outer.end, sibling.outer.end}, inserted);
}

void insert_into(Store& store, const Element& parent, std::string_view text)
{
    const std::string& bytes = store.all_bytes();
    std::string before;
    std::string after;
    if (const auto blanks = indentation(bytes, parent.outer.begin)) {
        after = "\n" + std::string{*blanks};
        before = after + "  ";
    }
    if (!parent.closes_itself) {
        // Blanks that only part the two tags go; comments and the like stay in front of the child.
        std::size_t at = parent.inner.end;
        while (at > parent.inner.begin &&
               std::string_view{" \t\r\n"}.find(bytes[at - 1]) != std::string_view::npos)
            --at;
        store.replace({at, parent.inner.end}, before + std::string{text} + after);
        return;
    }
    const std::size_t slash = bytes.rfind('/', parent.outer.end);
    std::size_t tag_end = slash;
    while (bytes[tag_end - 1] == ' ')
        --tag_end;
    store.replace({tag_end, parent.outer.end},
                  ">" + before + std::string{text} + after + "</" + parent.name + ">");
}

void remove(Store& store, const Range& outer)
{
    const std::string& bytes = store.all_bytes();
    Range gone = outer;
    if (const auto blanks = indentation(bytes, outer.begin)) {
        gone.begin -= blanks->size() + 1;
        if (gone.begin > 0 && bytes[gone.begin - 1] == '\r')
            --gone.begin;
    }
    store.replace(gone, "");
}

std::vector<const Element*> named(const Element& parent, std::string_view child,
                                  std::string_view name)
{
    std::vector<const Element*> found;
    for (const Element& entry : parent.children) {
        const std::string* own = entry.attribute("name");
        if (entry.name == child && own != nullptr && *own == name)
            found.push_back(&entry);
    }
    return found;
}

std::string tag_with(std::string_view name, std::span<const Attribute> attributes)
{
    std::string text = "<" + std::string{name};
    for (const Attribute& attribute : attributes)
        text += " " + attribute.name + "=\"" + escape_attribute(attribute.value) + "\"";
    return text;
}

bool set_attribute(Store& store, Element element, std::string_view attribute,
                   std::string_view value, std::span<const std::string_view> order)
{
    const auto place = [&](std::string_view name) { return std::ranges::find(order, name); };
    const auto known = std::ranges::find(element.attributes, attribute, &Attribute::name);
    if (known != element.attributes.end()) {
        if (known->value == value)
            return false;
        known->value = value;
    } else {
        const auto behind = std::ranges::find_if(element.attributes, [&](const Attribute& other) {
            return place(other.name) > place(attribute);
        });
        element.attributes.insert(behind, {std::string{attribute}, std::string{value}});
    }
    const Range tag{element.outer.begin,
                    element.closes_itself ? element.outer.end : element.inner.begin};
    store.replace(tag, tag_with(element.name, element.attributes) +
                           (element.closes_itself ? "/>" : ">"));
    return true;
}

SortsBehind behind_name(std::string_view name)
{
    return [name](const Element& entry) {
        const std::string* own = entry.attribute("name");
        return own != nullptr && *own > name;
    };
}

bool never(const Element& /*entry*/)
{
    return false;
}

void insert_sorted(Store& store, const Element& parent, std::string_view child,
                   const SortsBehind& sorts_behind, std::string_view text)
{
    const Element* last = nullptr;
    for (const Element& entry : parent.children) {
        if (entry.name != child)
            continue;
        if (sorts_behind(entry))
            return insert_before(store, entry, text);
        last = &entry;
    }
    if (last != nullptr)
        insert_after(store, *last, text);
    else
        insert_into(store, parent, text);
}

bool set_entry(Store& store, const Element& parent, std::string_view child, std::string_view name,
               std::string_view value, const SortsBehind& sorts_behind)
{
    const auto entries = named(parent, child, name);
    if (entries.empty()) {
        std::string text = "<";
        text += child;
        text += " name=\"" + escape_attribute(name) + "\">" + escape_text(value) + "</";
        text += child;
        text += ">";
        insert_sorted(store, parent, child, sorts_behind, text);
        return true;
    }
    const Element& last = *entries.back();
    const std::string* reference = last.attribute("ref");
    if (entries.size() == 1 && last.text == value && (reference == nullptr || reference->empty()))
        return false;
    set_text(store, last, value);
    for (std::size_t i = entries.size() - 1; i-- > 0;) // from behind: ranges in front stay valid
        remove(store, entries[i]->outer);
    return true;
}

bool remove_entries(Store& store, const Element* parent, std::string_view child,
                    std::string_view name)
{
    if (parent == nullptr)
        return false;
    const auto entries = named(*parent, child, name);
    for (std::size_t i = entries.size(); i-- > 0;)
        remove(store, entries[i]->outer);
    return !entries.empty();
}

} // namespace qmgmt::splice
