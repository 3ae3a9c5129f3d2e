// SPDX-License-Identifier: GPL-2.0-or-later
//
// The return column of a call as a pattern, and replies read by it: "<name> class=<class>
// state=<state>\n" is a row with three fields, "default={yes|no} <value>" a scalar with two, a bare
// word names a scalar of one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::local {

class Pattern {
public:
    explicit Pattern(std::string_view returns);

    [[nodiscard]] bool is_rows() const { return rows_; }
    // Names of the fields, in order; empty for a reply that is empty.
    [[nodiscard]] const std::vector<std::string>& fields() const { return fields_; }

    // Names what the row is about, as a tag does: text, whatever it looks like.
    [[nodiscard]] bool is_name(std::size_t field) const;

    // One row of values a row of the reply; nothing when the reply does not have this form.
    [[nodiscard]] std::optional<std::vector<std::vector<std::string>>>
    read(std::string_view reply) const;

private:
    // Text that stands there, then a field that runs to the next piece's text or to the end.
    struct Piece {
        std::string before;
        std::vector<std::string> words; // the only values it may have; empty: any
    };

    [[nodiscard]] std::optional<std::vector<std::string>> read_row(std::string_view row) const;

    std::vector<Piece> pieces_;
    std::vector<std::string> fields_;
    bool rows_ = false;
    bool typed_ = false;
};

} // namespace qmgmt::local
