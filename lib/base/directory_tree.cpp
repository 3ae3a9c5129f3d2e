// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/directory_tree.hpp"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {

Fd open_trusted_directory(const std::string& path)
{
    return Fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

Fd open_directory(int parent, const std::string& name)
{
    return Fd{::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
}

// Makes and opens; the mode is set by chmod because our umask is 0077.
Fd make_directory(int parent, const std::string& name)
{
    const bool made = ::mkdirat(parent, name.c_str(), 0700) == 0;
    if (!made && errno != EEXIST)
        return Fd{};
    Fd fd = open_directory(parent, name);
    struct stat facts {};
    if (!fd || !made)
        return fd;
    // keeps the setgid bit, which hands the pool's group down
    if (::fstat(fd.get(), &facts) != 0 ||
        ::fchmod(fd.get(), 0775 | (facts.st_mode & S_ISGID)) != 0 || ::fsync(parent) != 0)
        return Fd{};
    return fd;
}

bool read_entries(int directory, std::vector<std::string>& names)
{
    const int own = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own < 0)
        return false;
    const auto close_stream = [](DIR* stream) { ::closedir(stream); };
    const std::unique_ptr<DIR, decltype(close_stream)> stream{::fdopendir(own), close_stream};
    if (!stream) {
        ::close(own);
        return false;
    }
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..")
            names.push_back(name);
    }
    return errno == 0;
}

bool read_tree(int directory, std::vector<std::string>& paths)
{
    std::vector<std::string> names;
    if (!read_entries(directory, names))
        return false;
    for (const std::string& name : names) {
        const Fd below = open_directory(directory, name);
        if (!below) {
            paths.push_back(name);
            continue;
        }
        std::vector<std::string> deeper;
        if (!read_tree(below.get(), deeper))
            return false;
        for (std::string& path : deeper)
            paths.push_back(std::move(path.insert(0, name + "/")));
    }
    return true;
}

bool remove_tree(int parent, const std::string& name)
{
    if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT)
        return true;
    if (errno != EISDIR && errno != EPERM)
        return false;
    {
        const Fd directory = open_directory(parent, name);
        std::vector<std::string> names;
        if (!directory || !read_entries(directory.get(), names))
            return false;
        for (const std::string& below : names) {
            if (!remove_tree(directory.get(), below))
                return false;
        }
    }
    return ::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT;
}

} // namespace qmgmt
