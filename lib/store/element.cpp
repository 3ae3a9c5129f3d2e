// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/element.hpp"

#include "base/error.hpp"
#include "store/xml_parser.hpp"

namespace qmgmt {
namespace {

class TreeBuilder : public XmlHandler {
public:
    explicit TreeBuilder(std::size_t offset) : offset_{offset} {}

    void start(const XmlStart& tag) override
    {
        Element element;
        element.name = tag.name;
        for (const char** pair = tag.attributes; *pair != nullptr; pair += 2)
            element.attributes.push_back({pair[0], pair[1]});
        element.outer = {offset_ + tag.range.begin, offset_ + tag.range.end};
        element.inner = {element.outer.end, element.outer.end};
        open_.push_back(std::move(element));
    }

    void end(const XmlEnd& tag) override
    {
        Element element = std::move(open_.back());
        open_.pop_back();
        element.closes_itself = tag.closes_itself;
        element.inner.end = offset_ + tag.range.begin;
        element.outer.end = offset_ + tag.range.end;
        if (open_.empty())
            root = std::move(element);
        else
            open_.back().children.push_back(std::move(element));
    }

    void text(std::string_view characters) override { open_.back().text += characters; }

    Element root;

private:
    std::size_t offset_;
    std::vector<Element> open_;
};

std::string escape(std::string_view value, bool attribute)
{
    std::string out;
    out.reserve(value.size());
    for (const char c : value) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '\r': out += "&#13;"; break;
        case '"': out += attribute ? "&quot;" : "\""; break;
        case '\n': out += attribute ? "&#10;" : "\n"; break;
        case '\t': out += attribute ? "&#9;" : "\t"; break;
        default: out += c;
        }
    }
    return out;
}

} // namespace

const std::string* Element::attribute(std::string_view wanted) const
{
    for (const auto& attribute : attributes) {
        if (attribute.name == wanted)
            return &attribute.value;
    }
    return nullptr;
}

const Element* Element::child(std::string_view wanted) const
{
    for (const auto& element : children) {
        if (element.name == wanted)
            return &element;
    }
    return nullptr;
}

Element parse_element(std::string_view bytes, std::size_t offset)
{
    TreeBuilder builder{offset};
    if (const auto fault = parse_xml(bytes, builder))
        throw Error{failure::store, "the store is not valid: " + fault->text};
    return std::move(builder.root);
}

std::string escape_text(std::string_view value)
{
    return escape(value, false);
}

std::string escape_attribute(std::string_view value)
{
    return escape(value, true);
}

} // namespace qmgmt
