// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/store_view.hpp"

#include <algorithm>
#include <expat.h>
#include <stdexcept>

namespace qmgmt::test {
namespace {

struct Building {
    XML_Parser parser;
    std::vector<Node> open; // the path from the document to the present element
};

std::size_t event_begin(XML_Parser parser)
{
    return static_cast<std::size_t>(XML_GetCurrentByteIndex(parser));
}

std::size_t event_end(XML_Parser parser)
{
    return event_begin(parser) + static_cast<std::size_t>(XML_GetCurrentByteCount(parser));
}

void on_start(void* data, const XML_Char* name, const XML_Char** attributes)
{
    auto& building = *static_cast<Building*>(data);
    Node node;
    node.name = name;
    for (; *attributes != nullptr; attributes += 2)
        node.attributes[attributes[0]] = attributes[1];
    node.begin = event_begin(building.parser);
    node.content_begin = event_end(building.parser);
    building.open.push_back(std::move(node));
}

void on_end(void* data, const XML_Char*)
{
    auto& building = *static_cast<Building*>(data);
    Node node = std::move(building.open.back());
    building.open.pop_back();
    node.content_end = event_begin(building.parser);
    node.end = event_end(building.parser);
    building.open.back().children.push_back(std::move(node));
}

void on_text(void* data, const XML_Char* text, int length)
{
    auto& building = *static_cast<Building*>(data);
    building.open.back().text.append(text, static_cast<std::size_t>(length));
}

bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct Range {
    std::size_t begin;
    std::size_t end;
};

Range with_blanks_before(const std::string& text, std::size_t begin, std::size_t end)
{
    while (begin > 0 && blank(text[begin - 1]))
        --begin;
    return {begin, end};
}

// Whether nothing but blanks is left of the section once `cuts` are gone.
bool left_blank(const std::string& text, const Node& section, const std::vector<Range>& cuts)
{
    for (std::size_t at = section.content_begin; at < section.content_end; ++at) {
        const bool cut = std::ranges::any_of(
            cuts, [&](const Range& range) { return range.begin <= at && at < range.end; });
        if (!cut && !blank(text[at]))
            return false;
    }
    return true;
}

} // namespace

const Node* Node::child(std::string_view element) const
{
    const auto found = std::ranges::find(children, element, &Node::name);
    return found == children.end() ? nullptr : &*found;
}

std::string Node::attribute(std::string_view attribute_name) const
{
    const auto found = attributes.find(std::string{attribute_name});
    return found == attributes.end() ? std::string{} : found->second;
}

StoreView::StoreView(std::string text) : text_{std::move(text)}
{
    const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser{
        XML_ParserCreate("UTF-8"), &XML_ParserFree};
    Building building{parser.get(), std::vector<Node>(1)};
    XML_SetUserData(parser.get(), &building);
    XML_SetElementHandler(parser.get(), on_start, on_end);
    XML_SetCharacterDataHandler(parser.get(), on_text);
    if (XML_Parse(parser.get(), text_.data(), static_cast<int>(text_.size()), 1) != XML_STATUS_OK)
        throw std::runtime_error{"the store is not well-formed: line " +
                                 std::to_string(XML_GetCurrentLineNumber(parser.get()))};
    root_ = std::make_unique<Node>(std::move(building.open.front().children.front()));
}

std::vector<const Node*> StoreView::domains() const
{
    std::vector<const Node*> found;
    if (const Node* section = root_->child("domains"))
        for (const Node& node : section->children)
            if (node.name == "domain")
                found.push_back(&node);
    return found;
}

std::vector<std::string> StoreView::names() const
{
    std::vector<std::string> found;
    for (const Node* node : domains()) {
        std::string name = node->attribute("class") == "AdminVM" ? "dom0" : "";
        if (const Node* properties = node->child("properties"))
            for (const Node& property : properties->children)
                if (property.attribute("name") == "name")
                    name = property.text;
        found.push_back(name);
    }
    return found;
}

const Node* StoreView::domain(std::string_view qube) const
{
    const auto all = names();
    const auto found = std::ranges::find(all, qube);
    return found == all.end() ? nullptr
                              : domains().at(static_cast<std::size_t>(found - all.begin()));
}

const Node* StoreView::pool(std::string_view name) const
{
    if (const Node* pools = root_->child("pools"))
        for (const Node& node : pools->children)
            if (node.attribute("name") == name)
                return &node;
    return nullptr;
}

std::optional<std::string> StoreView::value(std::string_view qube, std::string_view section,
                                            std::string_view name) const
{
    const Node* owner = qube.empty() ? root_.get() : domain(qube);
    const Node* list = owner == nullptr ? nullptr : owner->child(section);
    std::optional<std::string> last; // of several of one name the last counts
    if (list != nullptr)
        for (const Node& node : list->children)
            if (node.attribute("name") == name)
                last = node.text;
    return last;
}

std::optional<std::string> StoreView::property(std::string_view qube, std::string_view name) const
{
    return value(qube, "properties", name);
}

std::optional<std::string> StoreView::feature(std::string_view qube, std::string_view name) const
{
    return value(qube, "features", name);
}

std::vector<std::string> StoreView::tags(std::string_view qube) const
{
    std::vector<std::string> found;
    const Node* owner = domain(qube);
    if (const Node* list = owner == nullptr ? nullptr : owner->child("tags"))
        for (const Node& node : list->children)
            if (node.name == "tag")
                found.push_back(node.attribute("name"));
    std::ranges::sort(found);
    return found;
}

std::string StoreView::volume(std::string_view qube, std::string_view volume_name,
                              std::string_view attribute) const
{
    const Node* owner = domain(qube);
    if (const Node* list = owner == nullptr ? nullptr : owner->child("volume-config"))
        for (const Node& node : list->children)
            if (node.attribute("name") == volume_name)
                return node.attribute(attribute);
    return {};
}

std::string StoreView::outside(const std::vector<Touched>& touched) const
{
    std::vector<Range> cuts;
    std::vector<const Node*> sections;
    for (const Touched& place : touched) {
        const Node* owner = place.qube.empty() ? root_.get() : domain(place.qube);
        if (owner == nullptr)
            continue;
        if (place.section.empty()) {
            cuts.push_back(with_blanks_before(text_, owner->begin, owner->end));
            continue;
        }
        const Node* section = owner->child(place.section);
        if (section == nullptr)
            continue;
        for (const Node& node : section->children)
            if (node.attribute("name") == place.name ||
                (node.name == "label" && node.text == place.name))
                cuts.push_back(with_blanks_before(text_, node.begin, node.end));
        sections.push_back(section);
    }
    for (const Node* section : sections)
        if (left_blank(text_, *section, cuts))
            cuts.push_back(with_blanks_before(text_, section->begin, section->end));

    std::ranges::sort(cuts, {}, &Range::begin);
    std::string left;
    std::size_t at = 0;
    for (const Range& cut : cuts) {
        if (cut.begin > at)
            left.append(text_, at, cut.begin - at);
        at = std::max(at, cut.end);
    }
    return left.append(text_, at);
}

} // namespace qmgmt::test
