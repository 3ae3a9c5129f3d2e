// SPDX-License-Identifier: GPL-2.0-or-later

#include "network/table_key.hpp"

#include "base/error.hpp"
#include "network/qube_table.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// None of its components leads anywhere but down.
bool leads_down(const std::vector<std::string>& parts)
{
    return std::ranges::all_of(parts, [](const std::string& part) {
        return !part.empty() && part != "." && part != ".." && part.front() != mark_of_temporary;
    });
}

} // namespace

std::vector<std::string> split_path(std::string_view path)
{
    std::vector<std::string> parts;
    for (auto end = path.find('/'); end != std::string_view::npos; end = path.find('/')) {
        parts.emplace_back(path.substr(0, end));
        path.remove_prefix(end + 1);
    }
    parts.emplace_back(path);
    return parts;
}

bool is_table_key(std::string_view key)
{
    return key.starts_with('/') && key.size() <= longest_key &&
           key.find('\0') == std::string_view::npos && leads_down(split_path(key.substr(1)));
}

std::vector<std::string> parts_of_key(std::string_view key)
{
    if (!is_table_key(key))
        throw Error{failure::internal, "cannot tell a qube: not a key", std::string{key}};
    return split_path(key.substr(1));
}

bool belongs_to(std::string_view key, std::span<const std::string_view> parts)
{
    return std::ranges::any_of(parts, [key](std::string_view part) {
        return key.starts_with(part) && (key.size() == part.size() || key[part.size()] == '/');
    });
}

} // namespace qmgmt
