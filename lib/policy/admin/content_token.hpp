// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which content of a policy file a caller means to change, so that two who change it at once
// notice: what Get has said of it, "new" for a file that is not there, "any" for whatever is
// (protocol.md 4.8).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

class ContentToken {
public:
    // Throws Error{protocol}.
    [[nodiscard]] static ContentToken parse(std::string_view untrusted);
    // "sha256:" and 64 hex digits.
    [[nodiscard]] static std::string of(std::string_view content);

    // Nothing: there is no file. Throws Error{in_use} for a file that is not new,
    // Error{not_found} for one that has gone, Error{wrong_state} for one that says something else.
    void check(const std::optional<std::string>& present) const;

private:
    enum class Kind { any, fresh, of_content };

    ContentToken(Kind kind, std::string_view text) : kind_{kind}, text_{text} {}

    Kind kind_;
    std::string text_;
};

} // namespace qmgmt
