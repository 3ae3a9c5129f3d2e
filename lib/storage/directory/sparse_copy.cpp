// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/directory/sparse_copy.hpp"

#include "storage/zero_runs.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/fs.h>
#include <memory>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {

namespace {

constexpr std::size_t buffer_size = 256 * 1024;
constexpr std::size_t granule = 4096;
constexpr off_t kernel_step = off_t{1} << 30;

bool write_at(int target, const char* bytes, std::size_t length, off_t at)
{
    while (length > 0) {
        const ssize_t done = ::pwrite(target, bytes, length, at);
        if (done < 0) {
            if (errno == EINTR)
                continue;
            return false;
        }
        bytes += done;
        length -= static_cast<std::size_t>(done);
        at += done;
    }
    return true;
}

// Writes only what is not zero.
bool write_data(int target, std::string_view bytes, off_t at)
{
    constexpr HoleRules rules{granule, granule};
    for (std::size_t from = 0;;) {
        const DataRun run = next_data(bytes, from, rules);
        if (run.length == 0)
            return true;
        if (!write_at(target, bytes.data() + run.at, run.length, at + static_cast<off_t>(run.at)))
            return false;
        from = (run.at + run.length + granule - 1) / granule * granule;
    }
}

class Copier {
public:
    Copier(int source, int target, bool in_kernel)
        : source_{source}, target_{target}, in_kernel_{in_kernel}
    {
    }

    bool copy_file()
    {
        struct stat facts {};
        if (::fstat(source_, &facts) != 0 || ::ftruncate(target_, facts.st_size) != 0)
            return false;
        off_t at = 0;
        while (at < facts.st_size) {
            off_t data = ::lseek(source_, at, SEEK_DATA);
            if (data < 0 && errno == ENXIO)
                return true; // a hole up to the end
            off_t hole = data < 0 ? data : ::lseek(source_, data, SEEK_HOLE);
            if (hole < 0) {
                if (errno != EINVAL)
                    return false;
                data = at; // this file system does not tell holes from data
                hole = facts.st_size;
            }
            if (!copy_segment(data, std::min(hole, facts.st_size)))
                return false;
            at = hole;
        }
        return true;
    }

private:
    bool copy_segment(off_t at, off_t end)
    {
        while (in_kernel_ && at < end) {
            off_t from = at;
            off_t to = at;
            const ssize_t done =
                ::copy_file_range(source_, &from, target_, &to,
                                  static_cast<std::size_t>(std::min(end - at, kernel_step)), 0);
            if (done > 0)
                at += done;
            else if (done == 0)
                return source_became_shorter();
            else if (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS)
                in_kernel_ = false;
            else if (errno != EINTR)
                return false;
        }
        return at >= end || copy_by_hand(at, end);
    }

    bool copy_by_hand(off_t at, off_t end)
    {
        if (!buffer_)
            buffer_ = std::make_unique<char[]>(buffer_size);
        while (at < end) {
            const auto wanted = std::min(static_cast<std::size_t>(end - at), buffer_size);
            const ssize_t done = ::pread(source_, buffer_.get(), wanted, at);
            if (done < 0) {
                if (errno == EINTR)
                    continue;
                return false;
            }
            if (done == 0)
                return source_became_shorter();
            if (!write_data(target_, {buffer_.get(), static_cast<std::size_t>(done)}, at))
                return false;
            at += done;
        }
        return true;
    }

    static bool source_became_shorter()
    {
        errno = EIO;
        return false;
    }

    int source_;
    int target_;
    bool in_kernel_;
    std::unique_ptr<char[]> buffer_;
};

} // namespace

bool reflink(int source, int target) noexcept
{
    return ::ioctl(target, FICLONE, source) == 0;
}

bool cannot_share(int code) noexcept
{
    return code == EOPNOTSUPP || code == EINVAL || code == EXDEV || code == EBADF || code == ENOTTY;
}

bool sparse_copy(int source, int target)
{
    return Copier{source, target, true}.copy_file();
}

bool sparse_copy_by_hand(int source, int target)
{
    return Copier{source, target, false}.copy_file();
}

} // namespace qmgmt
