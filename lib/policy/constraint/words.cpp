// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/constraint/words.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::size_t most_shown = 40;
constexpr std::size_t longest_line = 4096;

} // namespace

void fail_constraint(std::string_view what, std::string_view word)
{
    throw ConstraintSyntax{std::string{what} + " '" + std::string{word.substr(0, most_shown)} +
                           "'"};
}

std::vector<ConstraintWord> constraint_words(std::string_view line)
{
    if (line.size() > longest_line)
        throw ConstraintSyntax{"the line is longer than 4096 bytes"};
    if (!std::ranges::all_of(line, [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); }))
        throw ConstraintSyntax{"the line has a byte that is not printable ASCII"};
    std::vector<ConstraintWord> words;
    for (std::size_t at = line.find_first_not_of(blanks); at != std::string_view::npos;) {
        if (line[at] == '#')
            break;
        const bool quoted = line[at] == '"';
        const std::size_t start = at + (quoted ? 1 : 0);
        std::size_t end = line.find_first_of(quoted ? "\"" : blanks, start);
        if (quoted && end == std::string_view::npos)
            throw ConstraintSyntax{"a quote does not end"};
        end = std::min(end, line.size());
        const ConstraintWord word{line.substr(start, end - start), quoted};
        const std::size_t behind = end + (quoted ? 1 : 0);
        if ((!quoted && word.text.find('"') != std::string_view::npos) ||
            (behind < line.size() && blanks.find(line[behind]) == std::string_view::npos))
            fail_constraint("a quote inside a word:", word.text);
        words.push_back(word);
        at = line.find_first_not_of(blanks, behind);
    }
    return words;
}

} // namespace qmgmt
