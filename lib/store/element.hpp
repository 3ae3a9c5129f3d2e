// SPDX-License-Identifier: GPL-2.0-or-later
//
// A slice of qubes.xml as a tree in which every element knows its bytes. Edits replace bytes, so
// they need the ranges; reads need the names, attributes and texts. Parsed by expat: what is not
// well-formed is refused, as is a DOCTYPE.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

// Bytes [begin, end) of the store.
struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] std::size_t size() const { return end - begin; }
    friend bool operator==(const Range&, const Range&) = default;
};

struct Attribute {
    std::string name;
    std::string value;
};

struct Element {
    std::string name;
    std::vector<Attribute> attributes;
    std::string text; // its own character data, decoded, nothing trimmed
    std::vector<Element> children;
    Range outer; // from the `<` of its start tag to behind its end
    Range inner; // between the tags; empty, at the end of `outer`, when it closes itself
    bool closes_itself = false;

    [[nodiscard]] const std::string* attribute(std::string_view wanted) const;
    // The first child of that name.
    [[nodiscard]] const Element* child(std::string_view wanted) const;
};

inline constexpr int deepest_nesting = 16;

// The element that `bytes` hold from their first to their last byte; ranges are counted from
// `offset`. Throws Error{store} when it is not well-formed.
[[nodiscard]] Element parse_element(std::string_view bytes, std::size_t offset = 0);

// Character data and attribute values as they stand in the file.
[[nodiscard]] std::string escape_text(std::string_view value);
[[nodiscard]] std::string escape_attribute(std::string_view value);

} // namespace qmgmt
