// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/domain_part.hpp"

#include "base/error.hpp"
#include "store/element_edit.hpp"
#include "store/splice.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace qmgmt::splice {
namespace {

// The order in which upstream writes the parts of a domain.
constexpr std::array<std::string_view, 5> parts_r40 = {"properties", "features", "devices", "tags",
                                                       "volume-config"};
constexpr std::array<std::string_view, 5> parts_current = {"properties", "features", "tags",
                                                           "devices", "volume-config"};

} // namespace

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

void insert_part(Store& store, std::string_view qube, std::string_view part,
                 const std::string& text)
{
    const Element domain = domain_element(store, qube);
    const std::span<const std::string_view> order =
        store.dialect() == Dialect::r40 ? std::span{parts_r40} : std::span{parts_current};
    const auto place = [&](std::string_view name) { return std::ranges::find(order, name); };
    const Element* before = nullptr;
    for (const Element& child : domain.children) {
        if (place(child.name) <= place(part) && place(child.name) != order.end())
            before = &child;
    }
    if (before != nullptr)
        insert_after(store, *before, text);
    else if (!domain.children.empty())
        insert_before(store, domain.children.front(), text);
    else
        insert_into(store, domain, text);
}

} // namespace qmgmt::splice
