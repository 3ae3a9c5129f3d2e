// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/block.hpp"

#include "device/port_name.hpp"

#include <algorithm>

namespace qmgmt {
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

} // namespace qmgmt
