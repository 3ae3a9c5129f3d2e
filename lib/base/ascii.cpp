// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/ascii.hpp"

#include <algorithm>

namespace qmgmt {

std::string printable(std::string_view text, std::size_t limit)
{
    std::string out{text.substr(0, limit)};
    for (char& c : out) {
        if (c < 0x20 || c > 0x7e)
            c = '_';
    }
    return out;
}

bool is_printable_word(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c != 0x7f; });
}

} // namespace qmgmt
