// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/atomic_file.hpp"

#include "base/error.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {

ReplacementFile::ReplacementFile(std::string path, mode_t mode) : ReplacementFile{path, mode, path}
{
}

ReplacementFile::ReplacementFile(std::string path, mode_t mode, const std::string& temporary)
    : path_{std::move(path)}, temporary_{temporary + "~XXXXXX"}
{
    fd_ = Fd{::mkostemp(temporary_.data(), O_CLOEXEC)};
    if (!fd_)
        throw_errno(failure::failed, "cannot make a temporary file", temporary_);
    if (::fchmod(fd_.get(), mode) != 0) {
        ::unlink(temporary_.c_str());
        throw_errno(failure::failed, "cannot make a temporary file", temporary_);
    }
}

ReplacementFile::~ReplacementFile()
{
    if (!in_place_)
        ::unlink(temporary_.c_str());
}

void ReplacementFile::write(std::string_view bytes)
{
    if (!write_all(fd_.get(), bytes))
        throw_errno(failure::failed, "cannot write a file", temporary_);
}

void ReplacementFile::rename()
{
    if (::rename(temporary_.c_str(), path_.c_str()) != 0)
        throw_errno(failure::failed, "cannot replace a file", path_);
    in_place_ = true;
}

void ReplacementFile::flush() const
{
    if (::fsync(fd_.get()) != 0)
        throw_errno(failure::failed, "cannot write a file", temporary_);
}

void ReplacementFile::put_in_place()
{
    flush();
    rename();
    flush_directory_of(path_);
}

bool ReplacementFile::put_in_place_new()
{
    flush();
    if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST)
            return false;
        throw_errno(failure::failed, "cannot make a file", path_);
    }
    in_place_ = true;
    flush_directory_of(path_);
    return true;
}

void ReplacementFile::put_in_place_unflushed()
{
    rename();
}

void flush_directory_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const Fd fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd || ::fsync(fd.get()) != 0)
        throw_errno(failure::failed, "cannot flush a directory", directory);
}

void make_directories(const std::string& path, mode_t mode)
{
    if (::mkdir(path.c_str(), 0700) == 0) {
        if (::chmod(path.c_str(), mode) != 0) // the umask of a call is 0077
            throw_errno(failure::failed, "cannot make a directory", path);
        return;
    }
    if (errno == EEXIST)
        return;
    const auto slash = path.rfind('/');
    if (errno != ENOENT || slash == std::string::npos || slash == 0)
        throw_errno(failure::failed, "cannot make a directory", path);
    make_directories(path.substr(0, slash), mode);
    if (::mkdir(path.c_str(), 0700) == 0)
        ::chmod(path.c_str(), mode);
    else if (errno != EEXIST)
        throw_errno(failure::failed, "cannot make a directory", path);
}

void remove_leftovers(const std::string& path)
{
    const auto slash = path.rfind('/');
    const std::string prefix = path.substr(slash + 1) + "~";
    DIR* listing = ::opendir(path.substr(0, slash).c_str());
    if (listing == nullptr)
        return;
    while (const dirent* entry = ::readdir(listing)) {
        if (std::string_view{entry->d_name}.starts_with(prefix))
            ::unlinkat(::dirfd(listing), entry->d_name, 0);
    }
    ::closedir(listing);
}

void give_to_qubes_group(int fd)
{
    gid_t group{};
    if (!qubes_group(group))
        return;
    [[maybe_unused]] const int ignored =
        ::fchown(fd, ::geteuid() == 0 ? 0 : static_cast<uid_t>(-1), group);
}

bool qubes_group(gid_t& group)
{
    const std::string text = read_small_file("/etc/group", 1 << 20);
    std::size_t line = 0;
    while (line < text.size()) {
        if (text.compare(line, 6, "qubes:") == 0) {
            const auto second = text.find(':', line + 6);
            if (second == std::string::npos)
                return false;
            group = static_cast<gid_t>(std::strtoul(text.c_str() + second + 1, nullptr, 10));
            return true;
        }
        const auto end = text.find('\n', line);
        if (end == std::string::npos)
            return false;
        line = end + 1;
    }
    return false;
}

} // namespace qmgmt
