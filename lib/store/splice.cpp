// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/splice.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace qmgmt::splice {
namespace {

// The blanks that indent the element starting at `begin`; what stands before them is a line end, or
// they are none.
std::string_view indentation(std::string_view bytes, std::size_t begin)
{
    std::size_t at = begin;
    while (at > 0 && (bytes[at - 1] == ' ' || bytes[at - 1] == '\t'))
        --at;
    if (at > 0 && bytes[at - 1] == '\n')
        return bytes.substr(at, begin - at);
    return {};
}

bool on_own_line(std::string_view bytes, std::size_t begin)
{
    std::size_t at = begin;
    while (at > 0 && (bytes[at - 1] == ' ' || bytes[at - 1] == '\t'))
        --at;
    return at > 0 && bytes[at - 1] == '\n';
}

void insert_before(Store& store, const Element& sibling, std::string_view text)
{
    std::string inserted{text};
    if (on_own_line(store.all_bytes(), sibling.outer.begin))
        inserted += "\n" + std::string{indentation(store.all_bytes(), sibling.outer.begin)};
    store.replace({sibling.outer.begin, sibling.outer.begin}, inserted);
}

void insert_after(Store& store, const Element& sibling, std::string_view text)
{
    std::string inserted;
    if (on_own_line(store.all_bytes(), sibling.outer.begin))
        inserted = "\n" + std::string{indentation(store.all_bytes(), sibling.outer.begin)};
    inserted += text;
    store.replace({sibling.outer.end, sibling.outer.end}, inserted);
}

// Puts the first child into an element that has none.
void insert_into(Store& store, const Element& parent, std::string_view text)
{
    const std::string& bytes = store.all_bytes();
    const bool own_line = on_own_line(bytes, parent.outer.begin);
    const std::string indent{indentation(bytes, parent.outer.begin)};
    const std::string before = own_line ? "\n" + indent + "  " : "";
    const std::string after = own_line ? "\n" + indent : "";
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

// Removes an element and, when it has a line for itself, that line.
void remove(Store& store, const Range& outer)
{
    const std::string& bytes = store.all_bytes();
    Range gone = outer;
    if (on_own_line(bytes, outer.begin)) {
        gone.begin -= indentation(bytes, outer.begin).size() + 1;
        if (gone.begin > 0 && bytes[gone.begin - 1] == '\r')
            --gone.begin;
    }
    store.replace(gone, "");
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

// Removes all entries but the last, from behind, so that ranges in front stay valid.
void remove_all_but_last(Store& store, const std::vector<const Element*>& entries)
{
    for (std::size_t i = entries.size() - 1; i-- > 0;)
        remove(store, entries[i]->outer);
}

Element domain_element(Store& store, std::string_view qube)
{
    if (!store.index().find(qube)) {
        if (qube != "dom0")
            throw Error{failure::vm_not_found, "no qube named '" + std::string{qube} + "'"};
        add_domain(store, "dom0",
                   "<domain id=\"domain-0\" class=\"AdminVM\">\n"
                   "      <properties>\n"
                   "        <property name=\"label\">black</property>\n"
                   "      </properties>\n"
                   "      <features/>\n"
                   "      <tags/>\n"
                   "    </domain>");
    }
    const Range range = store.index().find(qube)->range;
    return parse_element(store.bytes(range), range.begin);
}

// The order in which upstream writes the parts of a domain.
constexpr std::array<std::string_view, 5> parts_r40 = {"properties", "features", "devices", "tags",
                                                       "volume-config"};
constexpr std::array<std::string_view, 5> parts_current = {"properties", "features", "tags",
                                                           "devices", "volume-config"};

// The order in which upstream writes the attributes of a volume.
constexpr std::array<std::string_view, 10> volume_attributes = {
    "name",      "pool", "vid",   "revisions_to_keep", "rw", "save_on_stop", "snap_on_start",
    "ephemeral", "size", "source"};

// Makes the container of a domain if it is not there, and returns it freshly parsed.
Element container(Store& store, std::string_view qube, std::string_view part)
{
    Element domain = domain_element(store, qube);
    if (const Element* found = domain.child(part))
        return *found;
    const std::string text = "<" + std::string{part} + "/>";
    const std::span<const std::string_view> order =
        store.dialect() == Dialect::r40 ? std::span{parts_r40} : std::span{parts_current};
    const auto place = [&](std::string_view name) { return std::ranges::find(order, name); };
    const Element* before = nullptr;
    for (const Element& child : domain.children) {
        if (place(child.name) < place(part))
            before = &child;
    }
    if (before != nullptr)
        insert_after(store, *before, text);
    else if (!domain.children.empty())
        insert_before(store, domain.children.front(), text);
    else
        insert_into(store, domain, text);
    domain = domain_element(store, qube);
    return *domain.child(part);
}

std::string tag_with(std::string_view name, std::span<const Attribute> attributes)
{
    std::string text = "<" + std::string{name};
    for (const Attribute& attribute : attributes)
        text += " " + attribute.name + "=\"" + escape_attribute(attribute.value) + "\"";
    return text;
}

// Writes the start tag of the element anew. An attribute that was not there stands where upstream
// writes it in a volume, else at the end.
bool set_attribute(Store& store, Element element, std::string_view attribute,
                   std::string_view value)
{
    const auto place = [](std::string_view name) {
        return std::ranges::find(volume_attributes, name) - volume_attributes.begin();
    };
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

bool late_stage(std::string_view property)
{
    return std::ranges::any_of(qube_properties(), [&](const PropertyRow& row) {
        return row.name == property && row.late_stage;
    });
}

// Inserts `text` in front of the first entry that sorts behind it, else behind the last.
void insert_sorted(Store& store, const Element& parent, std::string_view child,
                   const std::function<bool(const Element&)>& sorts_behind, std::string_view text)
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
               std::string_view value, const std::function<bool(const Element&)>& sorts_behind)
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
    remove_all_but_last(store, entries);
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

// Properties stand by load stage, then name.
bool set_property_in(Store& store, const Element& parent, std::string_view name,
                     std::string_view value, bool with_stages)
{
    const auto key = [with_stages](std::string_view property) {
        return std::pair{with_stages && late_stage(property), std::string{property}};
    };
    return set_entry(store, parent, "property", name, value, [&](const Element& sibling) {
        const std::string* own = sibling.attribute("name");
        return own != nullptr && key(*own) > key(name);
    });
}

bool never(const Element&)
{
    return false;
}

// The spelling a store may have for a property of today.
std::string_view stored_name(const Element& properties, std::string_view name)
{
    const std::string_view old_name = name == "virt_mode"              ? "hvm"
                                      : name == "template_for_dispvms" ? "dispvm_allowed"
                                                                       : "";
    if (!old_name.empty() && named(properties, "property", name).empty() &&
        !named(properties, "property", old_name).empty())
        return old_name;
    return name;
}

} // namespace

bool set_property(Store& store, std::string_view qube, std::string_view name,
                  std::string_view value)
{
    Element properties = container(store, qube, "properties");
    if (const auto old_name = stored_name(properties, name); old_name != name) {
        remove_entries(store, &properties, "property", old_name);
        properties = container(store, qube, "properties");
    }
    return set_property_in(store, properties, name, value, true);
}

bool remove_property(Store& store, std::string_view qube, std::string_view name)
{
    const Element domain = domain_element(store, qube);
    const Element* properties = domain.child("properties");
    if (properties == nullptr)
        return false;
    return remove_entries(store, properties, "property", stored_name(*properties, name));
}

bool set_feature(Store& store, std::string_view qube, std::string_view name, std::string_view value)
{
    return set_entry(store, container(store, qube, "features"), "feature", name, value, never);
}

bool remove_feature(Store& store, std::string_view qube, std::string_view name)
{
    const Element domain = domain_element(store, qube);
    return remove_entries(store, domain.child("features"), "feature", name);
}

bool add_tag(Store& store, std::string_view qube, std::string_view name)
{
    const Element tags = container(store, qube, "tags");
    if (!named(tags, "tag", name).empty())
        return false;
    insert_sorted(
        store, tags, "tag",
        [&](const Element& sibling) {
            const std::string* own = sibling.attribute("name");
            return own != nullptr && *own > name;
        },
        "<tag name=\"" + escape_attribute(name) + "\"/>");
    return true;
}

bool remove_tag(Store& store, std::string_view qube, std::string_view name)
{
    const Element domain = domain_element(store, qube);
    return remove_entries(store, domain.child("tags"), "tag", name);
}

bool add_volume(Store& store, std::string_view qube, std::string_view role,
                std::string_view element)
{
    const Element volumes = container(store, qube, "volume-config");
    if (!named(volumes, "volume", role).empty())
        return false;
    insert_sorted(store, volumes, "volume", never, element);
    return true;
}

bool set_volume_attribute(Store& store, std::string_view qube, std::string_view role,
                          std::string_view attribute, std::string_view value)
{
    const Element domain = domain_element(store, qube);
    const Element* volumes = domain.child("volume-config");
    if (volumes == nullptr)
        return false;
    const auto entries = named(*volumes, "volume", role);
    if (entries.empty())
        return false;
    return set_attribute(store, *entries.back(), attribute, value);
}

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
    return set_property_in(store, parse_element(store.bytes(range), range.begin), name, value,
                           false);
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

void add_domain(Store& store, std::string_view name, std::string_view element)
{
    const Index& index = store.index();
    const auto sorts_before = [](std::string_view left, std::string_view right) {
        return std::pair{left != "dom0", left} < std::pair{right != "dom0", right};
    };
    bool sorted = true;
    std::optional<Range> behind;
    for (std::size_t i = 0; i < index.size(); ++i) {
        const IndexEntry entry = index.entry(i);
        if (i > 0 && sorts_before(entry.name, index.entry(i - 1).name))
            sorted = false;
        if (!behind && sorts_before(name, entry.name))
            behind = entry.range;
    }
    Element sibling;
    if (sorted && behind) {
        sibling.outer = *behind;
        insert_before(store, sibling, element);
    } else if (index.size() > 0) {
        sibling.outer = index.entry(index.size() - 1).range;
        insert_after(store, sibling, element);
    } else {
        const Range domains = index.sections().domains;
        insert_into(store, parse_element(store.bytes(domains), domains.begin), element);
    }
    store.reindex();
}

void remove_domain(Store& store, std::string_view name)
{
    if (const auto entry = store.index().find(name)) {
        remove(store, entry->range);
        store.reindex();
    }
}

} // namespace qmgmt::splice
