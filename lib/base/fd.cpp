// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/fd.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace qmgmt {

bool write_all(int fd, std::string_view bytes) noexcept
{
    while (!bytes.empty()) {
        const ssize_t done = ::write(fd, bytes.data(), bytes.size());
        if (done < 0) {
            if (errno == EINTR)
                continue;
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return true;
}

std::string read_at(int fd, std::size_t offset, std::size_t length)
{
    std::string bytes(length, '\0');
    std::size_t filled = 0;
    while (filled < length) {
        const ssize_t done = ::pread(fd, bytes.data() + filled, length - filled,
                                     static_cast<off_t>(offset + filled));
        if (done < 0) {
            if (errno == EINTR)
                continue;
            throw_errno(failure::failed, "cannot read a file", "pread");
        }
        if (done == 0)
            break;
        filled += static_cast<std::size_t>(done);
    }
    bytes.resize(filled);
    return bytes;
}

std::string read_small_file(const std::string& path, std::size_t limit)
{
    const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
    if (!fd)
        return {};
    // A regular file says how long it is; those of /proc say 0 and are short.
    struct stat status {};
    const std::size_t size =
        ::fstat(fd.get(), &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
    std::string bytes;
    std::size_t filled = 0;
    while (filled < limit) {
        bytes.resize(std::min(limit, std::max(size, std::max<std::size_t>(4096, filled * 4)) + 1));
        const ssize_t done = ::read(fd.get(), bytes.data() + filled, bytes.size() - filled);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            break;
        filled += static_cast<std::size_t>(done);
    }
    bytes.resize(filled);
    return bytes;
}

} // namespace qmgmt
