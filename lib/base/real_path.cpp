// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/real_path.hpp"

#include <cstdlib>
#include <memory>

namespace qmgmt {

std::optional<std::string> real_path(const std::string& path)
{
    const std::unique_ptr<char, void (*)(void*)> found{::realpath(path.c_str(), nullptr),
                                                       std::free};
    return found ? std::optional{std::string{found.get()}} : std::nullopt;
}

} // namespace qmgmt
