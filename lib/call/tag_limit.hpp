// SPDX-License-Identifier: GPL-2.0-or-later
//
// How many tags a qube may have (protocol.md 6.2): a caller that may set tags may not fill the
// store with them.
#pragma once

#include "base/error.hpp"
#include "store/qube.hpp"

#include <string_view>

namespace qmgmt {

inline constexpr std::size_t most_tags = 512;

// Throws Error{too_large} when the tag would be one too many.
inline void check_tag_limit(const Qube& qube, std::string_view tag)
{
    if (!qube.has_tag(tag) && qube.tags().size() >= most_tags)
        throw Error{failure::too_large, "cannot set a tag: the qube has 512"};
}

} // namespace qmgmt
