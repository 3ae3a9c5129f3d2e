// SPDX-License-Identifier: GPL-2.0-or-later
//
// What constraints (protocol.md 5.1) may ask about the change that a call wants to make, where the
// code that makes it knows more than the request says.
#pragma once

#include "call/call.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

// As the request says it. All are asked with the store that the change is to be made in; nothing:
// nobody knows, and what depends on it does not hold.
class ConstrainedChange {
public:
    explicit ConstrainedChange(Call& call) : call_{call} {}
    ConstrainedChange(const ConstrainedChange&) = delete;
    ConstrainedChange& operator=(const ConstrainedChange&) = delete;
    virtual ~ConstrainedChange() = default;

    // The payload, of a number without the line end that may follow it.
    [[nodiscard]] virtual std::optional<std::string> value(const Store& store);
    // Of the payload's words KEY=VALUE, which blanks or line ends part; empty where none says it.
    [[nodiscard]] virtual std::optional<std::string> field(const Store& store,
                                                           std::string_view key);
    [[nodiscard]] virtual std::optional<std::string> default_value(const Store& store);
    // Of a feature.
    [[nodiscard]] virtual std::optional<std::string> current_value(const Store& store);

protected:
    [[nodiscard]] Call& call() const { return call_; }

private:
    Call& call_;
};

} // namespace qmgmt
