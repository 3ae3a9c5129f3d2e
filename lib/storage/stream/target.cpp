// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/stream/target.hpp"

#include "base/error.hpp"
#include "storage/zero_runs.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t usual_piece = std::size_t{1} << 20; // what the caches of a processor hold
// Targets whose unit is larger get their zeros written.
constexpr std::uint64_t largest_piece = std::uint64_t{32} << 20;
// Between data, shorter holes cost more in extents than they save.
constexpr std::size_t least_hole = std::size_t{64} << 10;
constexpr std::uint64_t window_size = std::uint64_t{16} << 20;

} // namespace

StreamTarget::StreamTarget(Import& import, Pool& pool, std::string purpose, std::uint64_t room_step)
    : import_{import}, pool_{pool}, purpose_{std::move(purpose)},
      room_step_{room_step}, granule_{std::max<std::size_t>(page, import.granule())},
      piece_size_{granule_ > largest_piece ? usual_piece : std::max(usual_piece, granule_)},
      queue_{import.fd(), piece_size_}, next_check_{room_step}
{
    // A file takes data behind its end much faster than in a hole (ext4).
    struct stat facts {};
    is_file_ = ::fstat(import_.fd(), &facts) == 0 && S_ISREG(facts.st_mode);
    if (is_file_ && ::ftruncate(import_.fd(), 0) != 0)
        fail();
    can_allocate_ = is_file_;
}

void StreamTarget::make_room(std::uint64_t end)
{
    constexpr std::uint64_t step = std::uint64_t{1} << 30;
    while (!is_file_ && end > room_) {
        room_ += step;
        import_.resize(room_);
    }
}

void StreamTarget::write(std::string_view bytes, std::uint64_t at)
{
    if (granule_ > piece_size_) {
        write_run(bytes, at);
    } else {
        const HoleRules rules{granule_, least_hole};
        for (std::size_t from = 0;;) {
            const DataRun run = next_data(bytes, from, rules);
            if (run.length == 0)
                break;
            write_run(bytes.substr(run.at, run.length), at + run.at);
            from = run.at + (run.length + granule_ - 1) / granule_ * granule_;
        }
    }
    push_out(at + bytes.size());
    if (given_ >= next_check_)
        check_room();
}

void StreamTarget::write_run(std::string_view bytes, std::uint64_t at)
{
    if (queue_.is_asynchronous())
        allocate(at, bytes.size());
    if (!queue_.write(bytes, at))
        fail();
    given_ += bytes.size();
}

// A write that makes a file larger keeps its caller waiting: there must be a place for it before.
void StreamTarget::allocate(std::uint64_t at, std::uint64_t size)
{
    while (can_allocate_ &&
           ::fallocate(import_.fd(), 0, static_cast<off_t>(at), static_cast<off_t>(size)) != 0) {
        if (errno == EOPNOTSUPP)
            can_allocate_ = false; // not this file system
        else if (errno != EINTR)
            fail();
    }
}

// Tens of gigabytes in the page cache would push out everything else and then make for a long
// flush.
void StreamTarget::push_out(std::uint64_t end)
{
    if (queue_.is_direct() || end - window_ < window_size)
        return;
    push(window_, end, SYNC_FILE_RANGE_WRITE);
    if (waited_ < window_) {
        push(waited_, window_,
             SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
        ::posix_fadvise(import_.fd(), static_cast<off_t>(waited_),
                        static_cast<off_t>(window_ - waited_), POSIX_FADV_DONTNEED);
    }
    waited_ = window_;
    window_ = end;
}

void StreamTarget::push(std::uint64_t begin, std::uint64_t end, unsigned how) const
{
    // An error that this call reports is reported to nobody afterwards.
    if (::sync_file_range(import_.fd(), static_cast<off_t>(begin), static_cast<off_t>(end - begin),
                          how) != 0)
        fail();
}

void StreamTarget::check_room()
{
    next_check_ = given_ + room_step_;
    try {
        pool_.check_room();
    } catch (const Error& error) {
        throw Error{error.type(),
                    error.text() + " (" + std::to_string(written()) + " bytes were written)",
                    error.detail()};
    }
}

void StreamTarget::finish(std::uint64_t size)
{
    if (!queue_.finish())
        fail();
    if (is_file_ && ::ftruncate(import_.fd(), static_cast<off_t>(size)) != 0)
        fail();
    if (::fdatasync(import_.fd()) != 0)
        fail();
}

void StreamTarget::fail() const
{
    const int code = errno;
    if (code != ENOSPC && code != EDQUOT)
        throw_errno(failure::storage, purpose_ + ": its image cannot be written", "import target");
    std::string text = purpose_ + ": no space left: written " + std::to_string(written());
    if (const auto usage = pool_.usage())
        text += ", free " + std::to_string(usage->size - std::min(usage->size, usage->usage));
    throw Error{failure::no_space, std::move(text)};
}

} // namespace qmgmt
