// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/paths.hpp"

#include <cstdlib>

namespace qmgmt::paths {

const std::string& root()
{
    static const std::string value = [] {
        const char* given = std::getenv("QUBES_MGMT_ROOT");
        std::string text = given != nullptr && *given == '/' ? given : "";
        while (!text.empty() && text.back() == '/')
            text.pop_back();
        return text;
    }();
    return value;
}

std::string below_root(std::string_view absolute)
{
    std::string path = root();
    path += absolute;
    return path;
}

} // namespace qmgmt::paths
