// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/volume_state.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/paths.hpp"
#include "base/sha256.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {

namespace {

constexpr std::size_t lock_name_limit = 200;
constexpr std::size_t qube_name_limit = 31;
constexpr std::string_view mark_start = "volume-running-";
constexpr std::size_t file_name_limit = 255;

// On a real host the directory is made at boot; below another root it may be missing.
void make_directories(const std::string& path)
{
    for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1))
        ::mkdir(path.substr(0, at).c_str(), 0770); // what fails shows when the file is opened
}

[[noreturn]] void fail(std::string_view verb, std::string_view pool, std::string_view vid,
                       const std::string& path)
{
    const int code = errno;
    std::string text = "cannot ";
    text.append(verb).append(" '").append(pool).append(":").append(vid).append("' as running");
    errno = code;
    throw_errno(failure::failed, std::move(text), path);
}

} // namespace

std::string escape_volume(std::string_view pool, std::string_view vid)
{
    std::string name;
    for (const std::string_view part : {pool, std::string_view{":"}, vid})
        for (const char c : part) {
            if (c == '-')
                name += "--";
            else
                name += c == '/' ? '-' : c;
        }
    return name;
}

std::string volume_lock_name(std::string_view pool, std::string_view vid)
{
    auto name = escape_volume(pool, vid);
    return name.size() <= lock_name_limit ? name : sha256_hex(name);
}

std::string volume_state_path(std::string_view pool, std::string_view vid)
{
    std::string path = paths::below_root(paths::upstream_runtime);
    path.append("/").append(mark_start);
    const auto name = escape_volume(pool, vid);
    return path + (mark_start.size() + name.size() <= file_name_limit
                       ? name
                       : volume_lock_name(pool, vid));
}

void mark_volume_running(std::string_view pool, std::string_view vid, std::string_view qube)
{
    const auto path = volume_state_path(pool, vid);
    make_directories(path);
    const Fd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0660)};
    // by chmod because our umask is 0077; the file may be another user's, of our group
    struct stat facts {};
    if (!fd || ::fstat(fd.get(), &facts) != 0 ||
        (facts.st_uid == ::geteuid() && ::fchmod(fd.get(), 0660) != 0) ||
        !write_all(fd.get(), qube))
        fail("mark", pool, vid, path);
}

void clear_volume_running(std::string_view pool, std::string_view vid)
{
    const auto path = volume_state_path(pool, vid);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR)
        fail("unmark", pool, vid, path);
}

std::optional<std::string> volume_running_in(std::string_view pool, std::string_view vid)
{
    const auto path = volume_state_path(pool, vid);
    struct stat facts {};
    if (::lstat(path.c_str(), &facts) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return std::nullopt;
        fail("look up", pool, vid, path);
    }
    return read_small_file(path, qube_name_limit);
}

} // namespace qmgmt
