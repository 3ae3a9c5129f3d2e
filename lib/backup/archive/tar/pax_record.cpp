// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/tar/pax_record.hpp"

#include <charconv>

namespace qmgmt {

bool read_pax_records(std::string_view untrusted,
                      const std::function<bool(std::string_view key, std::string_view value)>& take)
{
    while (!untrusted.empty()) {
        std::size_t length = 0;
        const char* const end = untrusted.data() + untrusted.size();
        const auto [digits_end, error] = std::from_chars(untrusted.data(), end, length);
        const auto digits = static_cast<std::size_t>(digits_end - untrusted.data());
        // The length counts its own digits, the blank and the newline.
        if (error != std::errc{} || length > untrusted.size() || length < digits + 2 ||
            untrusted[digits] != ' ' || untrusted[length - 1] != '\n')
            return false;
        const std::string_view record = untrusted.substr(digits + 1, length - digits - 2);
        const std::size_t equals = record.find('=');
        if (equals == std::string_view::npos || equals == 0 ||
            !take(record.substr(0, equals), record.substr(equals + 1)))
            return false;
        untrusted.remove_prefix(length);
    }
    return true;
}

std::string pax_record(std::string_view key, std::string_view value)
{
    const std::size_t rest = key.size() + value.size() + 3; // blank, equals sign, newline
    std::size_t length = rest + 1;
    while (std::to_string(length).size() + rest != length)
        ++length;
    std::string record = std::to_string(length) + ' ';
    record.append(key).append("=").append(value).append("\n");
    return record;
}

} // namespace qmgmt
