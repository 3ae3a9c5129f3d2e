// SPDX-License-Identifier: GPL-2.0-or-later
//
// Parts that most calls never need are objects of our own beside the calls, loaded when first asked
// for. Their border is plain C.
#pragma once

#include <string>
#include <string_view>

namespace qmgmt {

// The address of `entry` in `file_name`, an object in the directory of the running program. Stays
// loaded. Throws Error{unsupported} when it, or something it needs, is not installed.
[[nodiscard]] void* open_loadable(std::string_view file_name, std::string_view entry);

// The directory of the running program, without a slash at its end. Throws Error{unsupported} when
// /proc is not mounted.
[[nodiscard]] std::string program_directory();

} // namespace qmgmt
