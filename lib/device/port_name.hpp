// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where a device is plugged, as callers and the store say it.
#pragma once

#include "names/names.hpp"

#include <string_view>

namespace qmgmt {

inline constexpr std::size_t longest_port = 64;

// Where a qube exposes a device: [A-Za-z0-9._-]+, 1 to 64 bytes; each class of devices has a
// grammar of its own within that.
class PortName : public detail::Name<PortName> {
public:
    // Throws Error{protocol}.
    static PortName parse(std::string_view untrusted_text);
    // Whether the text is one.
    static bool fits(std::string_view untrusted_text) noexcept;

private:
    using Name::Name;
};

} // namespace qmgmt
