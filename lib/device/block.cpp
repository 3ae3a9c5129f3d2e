// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/block.hpp"

#include "device/port_name.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

} // namespace

std::optional<std::string> block_node(std::string_view port)
{
    if (!PortName::fits(port))
        return std::nullopt;
    std::string path = "/" + std::string{port};
    std::ranges::replace(path, '_', '/');
    if (path.find("/.") != std::string::npos || path.find("//") != std::string::npos ||
        path.ends_with('/'))
        return std::nullopt;
    return "/dev" + path;
}

bool is_disk_name(std::string_view name)
{
    const std::string_view kind = name.starts_with("xvd") ? "xvd" : "sd";
    if (!name.starts_with(kind))
        return false;
    name.remove_prefix(kind.size());
    const auto letters =
        static_cast<std::size_t>(std::ranges::find_if_not(name, is_letter) - name.begin());
    const std::string_view number = name.substr(letters);
    return letters >= 1 && letters <= 2 && number.size() <= 2 &&
           std::ranges::all_of(number, is_digit);
}

} // namespace qmgmt
