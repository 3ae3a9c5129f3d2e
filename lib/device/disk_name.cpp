// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/disk_name.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr unsigned letters = 26;
constexpr unsigned all_names = letters + letters * letters; // xvda to xvdzz
constexpr unsigned first_for_others = 8;                    // xvdi

bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

std::string disk_name(unsigned index)
{
    std::string name = "xvd";
    if (index >= letters)
        name += static_cast<char>('a' + index / letters - 1);
    return name += static_cast<char>('a' + index % letters);
}

} // namespace

bool is_disk_name(std::string_view name)
{
    const std::string_view kind = name.starts_with("xvd") ? "xvd" : "sd";
    if (!name.starts_with(kind))
        return false;
    name.remove_prefix(kind.size());
    const auto count =
        static_cast<std::size_t>(std::ranges::find_if_not(name, is_letter) - name.begin());
    const std::string_view number = name.substr(count);
    return count >= 1 && count <= 2 && number.size() <= 2 && std::ranges::all_of(number, is_digit);
}

std::optional<std::string> free_disk_name(const std::set<std::string>& used, bool cdrom)
{
    const std::string for_installers = "xvdd";
    if (cdrom && !used.contains(for_installers))
        return for_installers;
    for (unsigned i = 0; i < all_names; ++i) {
        std::string name = disk_name((first_for_others + i) % all_names);
        if (!used.contains(name))
            return name;
    }
    return std::nullopt;
}

} // namespace qmgmt
