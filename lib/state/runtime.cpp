// SPDX-License-Identifier: GPL-2.0-or-later

#include "state/runtime.hpp"

#include "base/atomic_file.hpp"
#include "base/paths.hpp"

namespace qmgmt {
namespace {

constexpr mode_t shared_directory = 02770;

std::string file_below(std::string_view directory, std::string_view name)
{
    std::string path = paths::below_root(directory) + "/";
    path += name;
    make_directories(path.substr(0, path.rfind('/')), shared_directory);
    return path;
}

} // namespace

std::string runtime_file(std::string_view name)
{
    return file_below(paths::runtime, name);
}

std::string lasting_file(std::string_view name)
{
    return file_below(paths::lasting, name);
}

} // namespace qmgmt
