// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a line of constraints may demand of a request (protocol.md 5.1). All views are those of the
// text it was parsed from.
#pragma once

#include "policy/constraint/words.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace qmgmt {

struct ConstraintItem {
    enum class Kind {
        word,
        tag,         // @tag:TAG: the name of a qube that has it
        type,        // @type:CLASS: the name of a qube of it
        none,        // @none: empty
        the_default, // @default
        caller,      // @self: the name of who calls
        current,     // @current
    };
    Kind kind = Kind::word;
    std::string_view text = {}; // the word, tag or class
};

struct ConstraintSubject {
    enum class Kind { value, field, argument };
    Kind kind = Kind::value;
    std::string_view key = {}; // of a field
};

struct ConstraintCondition {
    enum class Kind { in, not_in, between, match, max_length, max_running, max_qubes };
    Kind kind = Kind::in;
    ConstraintSubject subject = {};         // not of the last two
    std::vector<ConstraintItem> items = {}; // of the first two
    std::int64_t least = 0;                 // between
    std::int64_t most = 0;                  // between and all that begin with max
    std::string_view pattern = {};          // match
};

// "value in red blue and value maxlen 5": the words behind the fourth one of a line that is neither
// `allow` nor `deny`. Throws ConstraintSyntax.
[[nodiscard]] std::vector<ConstraintCondition>
parse_conditions(std::span<const ConstraintWord> words);

} // namespace qmgmt
