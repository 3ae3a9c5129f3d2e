// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/network/unapplied.hpp"

#include "base/directory_tree.hpp"
#include "state/runtime.hpp"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>

namespace qmgmt::unapplied {
namespace {

std::string path_of(const std::string& qube)
{
    return runtime_file("unapplied/" + qube);
}

} // namespace

void note(const std::string& qube)
{
    static_cast<void>(open_shared_file(path_of(qube), O_WRONLY | O_CREAT));
}

void forget(const std::string& qube)
{
    ::unlink(path_of(qube).c_str());
}

std::vector<std::string> all()
{
    std::vector<std::string> names;
    const Fd directory = open_trusted_directory(path_of(""));
    if (!directory || !read_entries(directory.get(), names))
        return {};
    std::ranges::sort(names);
    return names;
}

} // namespace qmgmt::unapplied
