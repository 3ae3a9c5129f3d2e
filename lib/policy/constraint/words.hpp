// SPDX-License-Identifier: GPL-2.0-or-later
//
// The words of a line of constraints: blanks and tabs stand between them, "..." is one word that
// means nothing but itself, a word that begins with # begins a comment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

// What is wrong with a line.
struct ConstraintSyntax {
    std::string text;
};

struct ConstraintWord {
    std::string_view text;
    bool quoted = false; // without the quotes

    // The unquoted word.
    [[nodiscard]] bool is(std::string_view word) const noexcept { return !quoted && text == word; }
};

// The views are the line's. Throws ConstraintSyntax for a byte that is not printable ASCII, a quote
// inside a word, one that does not end, a line of more than 4096 bytes.
[[nodiscard]] std::vector<ConstraintWord> constraint_words(std::string_view line);

// "not a label: 'x'", of a long word its start.
[[noreturn]] void fail_constraint(std::string_view what, std::string_view word);

} // namespace qmgmt
