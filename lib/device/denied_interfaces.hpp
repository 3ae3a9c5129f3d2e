// SPDX-License-Identifier: GPL-2.0-or-later
//
// Kinds of devices that a qube must never get, as the patterns of its property devices_denied
// (firewall-devices.md 2.13).
#pragma once

#include <cstddef>
#include <string_view>

namespace qmgmt {

inline constexpr std::size_t interface_length = 7; // "u030101"

// Whether one of the interfaces, seven characters each, is one of the patterns, where `*` is any
// character; interfaces that are not known are.
[[nodiscard]] bool is_denied(std::string_view patterns, std::string_view interfaces);

} // namespace qmgmt
