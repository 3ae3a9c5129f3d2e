// SPDX-License-Identifier: GPL-2.0-or-later
//
// The store as the tests see it: read by expat, with the byte range of every element, so that a
// test can say what stands in an element and that everything outside of it is unchanged. Shares no
// code with what it checks.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::test {

struct Node {
    std::string name;
    std::map<std::string, std::string> attributes;
    std::string text; // of its own, without that of children
    std::vector<Node> children;
    // Offsets: the whole element, and what stands between its two tags.
    std::size_t begin = 0;
    std::size_t content_begin = 0;
    std::size_t content_end = 0;
    std::size_t end = 0;

    [[nodiscard]] const Node* child(std::string_view element) const;
    [[nodiscard]] std::string attribute(std::string_view attribute_name) const; // empty when absent
};

// What a call is allowed to touch: an element of a qube, or of a section at the root when `qube` is
// empty, or the whole qube when `section` is empty.
struct Touched {
    std::string qube;
    std::string section = {}; // "properties", "features", "tags", "volume-config", "labels"
    std::string name = {};    // the attribute `name`; for labels, the text
};

class StoreView {
public:
    // Throws std::runtime_error when it is not well-formed.
    explicit StoreView(std::string text);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] const Node& root() const noexcept { return *root_; }

    [[nodiscard]] std::vector<const Node*> domains() const;
    [[nodiscard]] std::vector<std::string> names() const; // in document order
    [[nodiscard]] const Node* domain(std::string_view qube) const;
    [[nodiscard]] const Node* pool(std::string_view name) const;

    // The text of a stored element; nothing when it is not there. `qube` empty: of the system.
    [[nodiscard]] std::optional<std::string> property(std::string_view qube,
                                                      std::string_view name) const;
    [[nodiscard]] std::optional<std::string> feature(std::string_view qube,
                                                     std::string_view name) const;
    [[nodiscard]] std::vector<std::string> tags(std::string_view qube) const;
    [[nodiscard]] std::string volume(std::string_view qube, std::string_view volume_name,
                                     std::string_view attribute) const;

    // The bytes without the touched elements, without the blanks before them, and without a section
    // that holds nothing but blanks then. Equal before and after means: nothing else was touched.
    [[nodiscard]] std::string outside(const std::vector<Touched>& touched) const;

private:
    [[nodiscard]] std::optional<std::string> value(std::string_view qube, std::string_view section,
                                                   std::string_view name) const;

    std::string text_;
    std::unique_ptr<Node> root_;
};

} // namespace qmgmt::test
