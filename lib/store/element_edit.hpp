// SPDX-License-Identifier: GPL-2.0-or-later
//
// Replacements within one element of the store, in the shape that the file has: an element on a
// line of its own stays on one, at the depth of its siblings. What splice.hpp offers is made of
// these. An Element is as fresh as the bytes it was parsed from: after a change it is to be parsed
// again.
#pragma once

#include "store/store.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::splice {

void insert_before(Store& store, const Element& sibling, std::string_view text);
void insert_after(Store& store, const Element& sibling, std::string_view text);
// The first child of an element that has none.
void insert_into(Store& store, const Element& parent, std::string_view text);

// Whether an entry sorts behind a new one.
using SortsBehind = std::function<bool(const Element&)>;
// By the attribute `name`; `name` must outlive it.
[[nodiscard]] SortsBehind behind_name(std::string_view name);
// None does: the new one comes last.
[[nodiscard]] bool never(const Element& entry);

// Inserts `text` in front of the first entry of that kind that sorts behind it, else behind the
// last.
void insert_sorted(Store& store, const Element& parent, std::string_view child,
                   const SortsBehind& sorts_behind, std::string_view text);

// Removes an element and, when it has a line for itself, that line.
void remove(Store& store, const Range& outer);

// The children of that kind whose attribute `name` is this one; a file may hold several.
[[nodiscard]] std::vector<const Element*> named(const Element& parent, std::string_view child,
                                                std::string_view name);

// Gives the entry this text, or makes it; of several the last stays. False: it stood there so.
bool set_entry(Store& store, const Element& parent, std::string_view child, std::string_view name,
               std::string_view value, const SortsBehind& sorts_behind);
// False: there was none, or no parent (null).
bool remove_entries(Store& store, const Element* parent, std::string_view child,
                    std::string_view name);

// `<NAME attributes`, without its end.
[[nodiscard]] std::string tag_with(std::string_view name, std::span<const Attribute> attributes);
// Writes the start tag of the element anew. An attribute that was not there comes in front of the
// first that has its place in `order` behind it; those that have none are behind all.
bool set_attribute(Store& store, Element element, std::string_view attribute,
                   std::string_view value, std::span<const std::string_view> order = {});

} // namespace qmgmt::splice
