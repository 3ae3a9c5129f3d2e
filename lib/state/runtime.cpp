// SPDX-License-Identifier: GPL-2.0-or-later

#include "state/runtime.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

Fd open_shared_file(const std::string& path, int flags)
{
    constexpr mode_t shared_file = 0660;
    Fd fd{::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, shared_file)};
    if (!fd)
        throw_errno(failure::failed, "cannot open a runtime file", path);
    struct stat status {};
    if ((flags & O_CREAT) != 0 && ::fstat(fd.get(), &status) == 0 &&
        (status.st_mode & 07777) != shared_file && status.st_uid == ::geteuid())
        ::fchmod(fd.get(), shared_file);
    return fd;
}

} // namespace qmgmt
