// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/directory/place.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "storage/directory/sparse_copy.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <ranges>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::uint64_t least_room = std::uint64_t{512} << 20;

// Where it was missing. By chmod, because our umask is 0077.
void make(const std::string& directory, std::vector<std::string>& made, const std::string& purpose)
{
    if (::mkdir(directory.c_str(), 0700) != 0) {
        struct stat facts {};
        if (errno == EEXIST && ::stat(directory.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode))
            return;
        throw_errno(failure::storage, purpose + ": a directory cannot be made", directory);
    }
    made.push_back(directory);
    if (::chmod(directory.c_str(), 0775) != 0)
        throw_errno(failure::storage, purpose + ": a directory cannot be made", directory);
    flush_directory_of(directory);
}

} // namespace

std::optional<PoolUsage> directory_usage(const std::string& directory)
{
    struct statvfs facts {};
    if (::statvfs(directory.c_str(), &facts) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return std::nullopt;
        throw_errno(failure::storage, "cannot measure a pool: its directory cannot be examined",
                    directory);
    }
    return PoolUsage{.size = static_cast<std::uint64_t>(facts.f_frsize) * facts.f_blocks,
                     .usage = static_cast<std::uint64_t>(facts.f_frsize) *
                              (facts.f_blocks - facts.f_bfree)};
}

void check_room_left(std::uint64_t size, std::uint64_t free, const std::string& purpose)
{
    const std::uint64_t least = std::max(least_room, size / 100);
    if (free < least)
        throw Error{failure::no_space, purpose + ": no space left, " + std::to_string(least) +
                                           " bytes are to stay free, " + std::to_string(free) +
                                           " are"};
}

void check_directory_room(const std::string& directory, const std::string& purpose)
{
    struct statvfs facts {};
    if (::statvfs(directory.c_str(), &facts) != 0)
        throw_errno(failure::storage, purpose + ": its directory cannot be examined", directory);
    check_room_left(static_cast<std::uint64_t>(facts.f_frsize) * facts.f_blocks,
                    static_cast<std::uint64_t>(facts.f_frsize) * facts.f_bavail, purpose);
}

bool can_share_blocks(const std::string& directory, const std::string& purpose)
{
    std::array<Fd, 2> files;
    for (Fd& file : files) {
        file = Fd{::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
        if (!file && errno == EOPNOTSUPP)
            return false; // so old a file system shares no blocks either
        if (!file)
            throw_errno(failure::storage, purpose + ": no file can be made in its directory",
                        directory);
    }
    const std::string block(4096, 'q');
    if (!write_all(files[0].get(), block))
        throw_errno(failure::storage, purpose + ": no file can be written in its directory",
                    directory);
    return reflink(files[0].get(), files[1].get());
}

std::vector<std::string> set_up_directory(const std::string& directory, bool check,
                                          const std::string& purpose)
{
    std::vector<std::string> made;
    try {
        make(directory, made, purpose);
        if (check && !can_share_blocks(directory, purpose))
            throw Error{failure::storage,
                        purpose +
                            ": the file system cannot share blocks between files (no reflink); "
                            "setup_check=False uses it nevertheless: starts and stops are "
                            "slow and need twice the space"};
        for (const char* const each : {"appvms", "vm-templates"})
            make(directory + "/" + each, made, purpose);
    } catch (const Error&) {
        take_back_directories(made);
        throw;
    }
    return made;
}

std::vector<std::string> make_pool_directory(const std::string& directory,
                                             const std::string& purpose)
{
    std::vector<std::string> made;
    make(directory, made, purpose);
    return made;
}

void take_back_directories(const std::vector<std::string>& made)
{
    for (const std::string& directory : std::views::reverse(made))
        ::rmdir(directory.c_str()); // one that is used by now stays
}

} // namespace qmgmt
