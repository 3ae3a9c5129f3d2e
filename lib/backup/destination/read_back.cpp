// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/destination/read_back.hpp"

#include "backup/fault.hpp"
#include "backup/worker_thread.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

namespace qmgmt {
namespace {

// Waited for at a time: less would make a disk go to and fro between writing and reading.
constexpr std::uint64_t share = std::uint64_t{32} << 20;
constexpr std::size_t piece = std::size_t{1} << 20;

[[noreturn]] void fail(int code, const char* failed)
{
    const bool is_full = code == ENOSPC || code == EDQUOT;
    throw BackupError{is_full ? BackupFault::no_space : BackupFault::destination_failed,
                      is_full ? "the destination is full" : failed, std::strerror(code)};
}

// An error that the disk met is told once for each open file: here, or to nobody.
void drop_from_memory(int fd, std::uint64_t from, std::uint64_t end)
{
    const auto start = static_cast<off_t>(from);
    const auto size = static_cast<off_t>(end - from);
    if (::sync_file_range(fd, start, size,
                          SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                              SYNC_FILE_RANGE_WAIT_AFTER) != 0)
        fail(errno, "the archive cannot be written");
    ::posix_fadvise(fd, start, size, POSIX_FADV_DONTNEED);
}

} // namespace

ReadBack::ReadBack(int fd)
    : fd_{fd}, key_{Fingerprint::random_key()}, meant_{key_}, found_{key_}, thread_{start_worker(
                                                                                [this] { run(); })}
{
}

ReadBack::~ReadBack()
{
    const std::scoped_lock lock{mutex_};
    state_ = State::dropped;
    changed_.notify_all();
}

void ReadBack::rethrow()
{
    if (error_)
        std::rethrow_exception(error_);
}

void ReadBack::wrote(std::string_view bytes)
{
    meant_.update(bytes);
    const std::scoped_lock lock{mutex_};
    rethrow();
    written_ += bytes.size();
    changed_.notify_all();
}

std::string ReadBack::finish(const std::function<void()>& look)
{
    std::unique_lock lock{mutex_};
    state_ = State::complete;
    changed_.notify_all();
    while (!changed_.wait_for(lock, std::chrono::milliseconds{100}, [this] { return ended_; })) {
        lock.unlock();
        look();
        lock.lock();
    }
    rethrow();
    if (found_.value() != meant_.value())
        throw BackupError{BackupFault::destination_failed,
                          "what was read back is not what was written"};
    return digest_.hex();
}

bool ReadBack::is_dropped()
{
    const std::scoped_lock lock{mutex_};
    return state_ == State::dropped;
}

// Up to where it may be read now, once there is a share or all has been written; `from`: nothing
// is left.
std::uint64_t ReadBack::next_end(std::uint64_t from)
{
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return state_ != State::writing || written_ - from >= share; });
    return state_ == State::dropped ? from : std::min(written_, from + share);
}

void ReadBack::read(std::uint64_t from, std::uint64_t end)
{
    std::vector<char> buffer(piece);
    while (from < end && !is_dropped()) {
        const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(piece, end - from));
        const ssize_t got = ::pread(fd_, buffer.data(), room, static_cast<off_t>(from));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            fail(errno, "the archive cannot be read back");
        if (got == 0)
            throw BackupError{BackupFault::destination_failed,
                              "less was read back than was written"};
        const std::string_view bytes{buffer.data(), static_cast<std::size_t>(got)};
        found_.update(bytes);
        digest_.update(bytes);
        from += static_cast<std::uint64_t>(got);
    }
}

void ReadBack::run()
{
    std::exception_ptr error;
    try {
        std::uint64_t done = 0;
        for (std::uint64_t end = 0; (end = next_end(done)) != done; done = end) {
            drop_from_memory(fd_, done, end);
            read(done, end);
        }
    } catch (...) {
        error = std::current_exception();
    }
    const std::scoped_lock lock{mutex_};
    ended_ = true;
    error_ = error;
    changed_.notify_all();
}

} // namespace qmgmt
