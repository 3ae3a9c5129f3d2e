// SPDX-License-Identifier: GPL-2.0-or-later
//
// Text of desktop entries, as freedesktop.org's specification has it: what a value must be written
// as so that a desktop reads it back (protocol.md 5.3).
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace qmgmt {

// A string value: a line feed, a tab, a carriage return, a blank at its start and a backslash are
// written as two characters each.
[[nodiscard]] std::string entry_string(std::string_view text);

// A command as the value of Exec: each word quoted where it must be, every percent sign doubled, so
// that no word becomes a field code, the whole then written as a string value. Throws
// Error{bad_value} for a program whose path has a '=', which no desktop would start, and for no
// words at all.
[[nodiscard]] std::string exec_value(std::span<const std::string> words);

} // namespace qmgmt
