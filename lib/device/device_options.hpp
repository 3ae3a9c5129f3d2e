// SPDX-License-Identifier: GPL-2.0-or-later
//
// What callers say of a device beside its name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qmgmt {

// In the order in which they were said; each key once.
using DeviceOptions = std::vector<std::pair<std::string, std::string>>;

// Words `key=value` at blanks, as plain calls take them; empty: none. A line end may follow the
// last. Keys are of [A-Za-z0-9._-], values also of `,+:`. Throws Error{protocol}.
[[nodiscard]] DeviceOptions parse_option_words(std::string_view untrusted_payload);

// `key='value'` at blanks, as today's clients send them: in a value a quote has a backslash before
// it. Throws Error{protocol}.
[[nodiscard]] DeviceOptions parse_serialised(std::string_view untrusted_payload);

// The value of a key.
[[nodiscard]] std::optional<std::string> option_of(const DeviceOptions& options,
                                                   std::string_view key);
// The same, and the key is gone from them.
std::optional<std::string> take_option(DeviceOptions& options, std::string_view key);

// A truth value. Throws Error{bad_value}, naming the key.
[[nodiscard]] bool parse_switch(std::string_view key, std::string_view untrusted_value);

} // namespace qmgmt
