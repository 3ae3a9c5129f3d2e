// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the readers of both versions of a firewall's file share.
#pragma once

#include "base/error.hpp"
#include "store/xml_parser.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

// Throws Error{store}.
[[noreturn]] inline void refuse_firewall_file(std::string why)
{
    throw Error{failure::store, "the firewall rules of the qube cannot be read", std::move(why)};
}

[[nodiscard]] inline std::optional<std::string_view> attribute_of(const XmlStart& tag,
                                                                  std::string_view name)
{
    for (const char** pair = tag.attributes; *pair != nullptr; pair += 2) {
        if (pair[0] == name)
            return pair[1];
    }
    return std::nullopt;
}

} // namespace qmgmt
