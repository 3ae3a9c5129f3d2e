// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/difference.hpp"

#include <algorithm>
#include <vector>

namespace qmgmt {
namespace {

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text)
{
    Lines lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

// Beyond this many pairs of lines the middle is shown as replaced: an edit touches few lines.
constexpr std::size_t most_pairs = 16'000'000;

void append(std::string& out, char sign, std::string_view line)
{
    out += sign;
    out += line;
    out += '\n';
}

// The longest common subsequence of what differs, walked from the front.
void compare(const Lines& before, const Lines& after, std::string& out)
{
    const std::size_t width = after.size() + 1;
    std::vector<unsigned> common((before.size() + 1) * width, 0);
    for (std::size_t i = before.size(); i-- > 0;) {
        for (std::size_t j = after.size(); j-- > 0;)
            common[i * width + j] = before[i] == after[j] ? common[(i + 1) * width + j + 1] + 1
                                                          : std::max(common[(i + 1) * width + j],
                                                                     common[i * width + j + 1]);
    }
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < before.size() || j < after.size()) {
        if (i < before.size() && j < after.size() && before[i] == after[j]) {
            ++i;
            ++j;
        } else if (j == after.size() || (i < before.size() && common[(i + 1) * width + j] >=
                                                                  common[i * width + j + 1])) {
            append(out, '-', before[i++]);
        } else {
            append(out, '+', after[j++]);
        }
    }
}

} // namespace

std::string line_difference(std::string_view before, std::string_view after)
{
    Lines old_lines = lines_of(before);
    Lines new_lines = lines_of(after);
    const auto [old_front, new_front] = std::ranges::mismatch(old_lines, new_lines);
    new_lines.erase(new_lines.begin(), new_front);
    old_lines.erase(old_lines.begin(), old_front);
    while (!old_lines.empty() && !new_lines.empty() && old_lines.back() == new_lines.back()) {
        old_lines.pop_back();
        new_lines.pop_back();
    }
    std::string out;
    if (old_lines.size() * new_lines.size() <= most_pairs) {
        compare(old_lines, new_lines, out);
        return out;
    }
    for (const auto line : old_lines)
        append(out, '-', line);
    for (const auto line : new_lines)
        append(out, '+', line);
    return out;
}

} // namespace qmgmt
