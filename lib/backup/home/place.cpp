// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/home/home_tree.hpp"
#include "base/directory_tree.hpp"
#include "base/error.hpp"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

namespace qmgmt {
namespace {

constexpr std::string_view start = "home-restore-";
constexpr std::string_view end = ".partial";

bool is_partial(std::string_view name) noexcept
{
    return name.starts_with('.') && name.ends_with(end) &&
           is_restored_home(name.substr(1, name.size() - 1 - end.size()));
}

} // namespace

bool is_restored_home(std::string_view name) noexcept
{
    return name.starts_with(start) && name.size() <= 64 &&
           std::ranges::all_of(name.substr(start.size()), [](char c) {
               return (c >= '0' && c <= '9') || c == '-' || c == 'T';
           });
}

void place_home(const std::string& home, const std::string& name)
{
    const Fd directory = open_trusted_directory(home);
    const std::string partial = "." + name + std::string{end};
    if (!directory || ::renameat2(directory.get(), partial.c_str(), directory.get(), name.c_str(),
                                  RENAME_NOREPLACE) != 0)
        throw_errno(failure::failed, "cannot put the home in its place", home);
    if (::fsync(directory.get()) != 0)
        throw_errno(failure::failed, "cannot put the home in its place", home);
}

bool clear_homes(const std::string& home)
{
    const Fd directory = open_trusted_directory(home);
    std::vector<std::string> names;
    if (!directory || !read_entries(directory.get(), names))
        return false;
    bool all = true;
    const std::string place = home + "/";
    for (const std::string& name : names)
        if (is_partial(name) && !remove_home(std::string{place}.append(name)))
            all = false;
    return all;
}

} // namespace qmgmt
