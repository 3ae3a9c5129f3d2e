// SPDX-License-Identifier: GPL-2.0-or-later
//
// /etc/qubes/mgmt.conf: `key = value` lines, `#` begins a comment line. Read when first asked. A
// key nobody knows, a line that is none, a value out of range: logged, and the default holds. Of a
// key given twice the last counts.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace qmgmt {

class Config {
public:
    // `text` is the file.
    explicit Config(std::string_view text);

    [[nodiscard]] std::string text(std::string_view key, std::string_view otherwise) const;
    // One of `allowed`.
    [[nodiscard]] std::string word(std::string_view key, std::string_view otherwise,
                                   std::initializer_list<std::string_view> allowed) const;
    [[nodiscard]] bool yes(std::string_view key, bool otherwise) const;
    [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t otherwise,
                                       std::int64_t least, std::int64_t most) const;
    // Seconds in the file, 0.1 to 86400, with decimals.
    [[nodiscard]] std::chrono::milliseconds seconds(std::string_view key,
                                                    std::chrono::milliseconds otherwise) const;

private:
    [[nodiscard]] const std::string* find(std::string_view key) const;

    std::map<std::string, std::string, std::less<>> values_;
};

// The configuration of this machine.
[[nodiscard]] const Config& config();

} // namespace qmgmt
