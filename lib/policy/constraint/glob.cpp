// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/constraint/glob.hpp"

#include <cstddef>

namespace qmgmt {

// The last star takes what is needed: those before it have matched as little as they could, which
// leaves the most to what follows.
bool matches_glob(std::string_view pattern, std::string_view text) noexcept
{
    std::size_t in_pattern = 0;
    std::size_t in_text = 0;
    std::size_t star = std::string_view::npos;
    std::size_t taken_to = 0; // by that star
    while (in_text < text.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            star = in_pattern++;
            taken_to = in_text;
        } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[in_text]) {
            ++in_pattern;
            ++in_text;
        } else if (star != std::string_view::npos) {
            in_pattern = star + 1;
            in_text = ++taken_to;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

} // namespace qmgmt
