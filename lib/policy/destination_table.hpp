// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a policy decides of one service, one source and one argument, for many destinations: each
// asks for its own name, class and tags, not for every line. What a listing of a thousand qubes
// needs.
#pragma once

#include "policy/policy.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace qmgmt {

class DestinationTable {
public:
    // Of the view's policy, which must stay where it is; the view need not.
    DestinationTable(const PolicyView& view, std::string_view argument);

    // The same as PolicyView::decide.
    [[nodiscard]] PolicyDecision decide(const PolicyParty& destination) const noexcept;

private:
    // The first line that speaks of each word.
    using Lines = std::unordered_map<std::string_view, std::size_t>;

    static constexpr std::size_t no_line = ~std::size_t{0};
    static constexpr std::size_t kinds = 11;

    [[nodiscard]] std::size_t line_of(TokenKind kind, std::string_view word) const noexcept;
    [[nodiscard]] std::size_t line_of_tags(TokenKind kind, std::string_view tags) const noexcept;

    std::vector<const PolicyRule*> rules_;
    std::array<Lines, kinds> lines_; // by TokenKind; those without a word have the empty one
};

} // namespace qmgmt
