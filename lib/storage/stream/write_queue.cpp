// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/stream/write_queue.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <new>
#include <numeric>
#include <sys/syscall.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t memory_wanted = std::size_t{4} << 20; // for all pieces
constexpr std::size_t least_pieces = 2;
constexpr unsigned most_writes = 64;

} // namespace

void WriteQueue::Free::operator()(char* memory) const noexcept
{
    std::free(memory);
}

WriteQueue::WriteQueue(int fd, std::size_t piece_size) : fd_{fd}, writes_(most_writes)
{
    const std::size_t count = std::max(least_pieces, memory_wanted / piece_size);
    for (std::size_t i = 0; i < count; ++i) {
        Piece& piece = pieces_.emplace_back();
        piece.memory.reset(static_cast<char*>(std::aligned_alloc(page, piece_size)));
        if (!piece.memory)
            throw std::bad_alloc{};
    }
    all_idle();
    set_direct(true);
    if (direct_ && ::syscall(SYS_io_setup, most_writes, &context_) != 0)
        context_ = 0; // the machine has no more, or this kernel none
}

WriteQueue::~WriteQueue()
{
    if (context_ != 0)
        ::syscall(SYS_io_destroy, context_);
}

void WriteQueue::all_idle()
{
    idle_.resize(writes_.size());
    std::iota(idle_.begin(), idle_.end(), 0);
}

void WriteQueue::set_direct(bool direct) noexcept
{
    const int flags = ::fcntl(fd_, F_GETFL);
    const int wanted = direct ? flags | O_DIRECT : flags & ~O_DIRECT;
    direct_ = ::fcntl(fd_, F_SETFL, wanted) == 0 && direct;
}

bool WriteQueue::succeeded() const noexcept
{
    if (error_ != 0)
        errno = error_;
    return error_ == 0;
}

char* WriteQueue::buffer()
{
    while (pieces_[current_].writes > 0) {
        const auto free = std::ranges::find(pieces_, 0U, &Piece::writes);
        if (free != pieces_.end())
            current_ = static_cast<std::size_t>(free - pieces_.begin());
        else
            collect();
    }
    return pieces_[current_].memory.get();
}

bool WriteQueue::write(std::string_view bytes, std::uint64_t at)
{
    if (bytes.size() % page != 0 && direct_)
        set_direct(false);
    if (!is_asynchronous() || !start(bytes, at))
        write_now(bytes, at);
    return succeeded();
}

// False when it cannot be begun.
bool WriteQueue::start(std::string_view bytes, std::uint64_t at)
{
    while (idle_.empty())
        collect();
    const std::size_t number = idle_.back();
    struct iocb request {};
    request.aio_data = number;
    request.aio_lio_opcode = IOCB_CMD_PWRITE;
    request.aio_fildes = static_cast<std::uint32_t>(fd_);
    request.aio_buf =
        reinterpret_cast<std::uintptr_t>(bytes.data()); // NOLINT: as the kernel has it
    request.aio_nbytes = bytes.size();
    request.aio_offset = static_cast<std::int64_t>(at);
    struct iocb* const list = &request;
    long begun = 0;
    do
        begun = ::syscall(SYS_io_submit, context_, 1L, &list);
    while (begun < 0 && errno == EINTR);
    if (begun != 1) {
        // Not this kind of file, or no room in the queue: the plain way knows. Else it has failed.
        if (errno == EINVAL || errno == EAGAIN)
            return false;
        if (error_ == 0)
            error_ = errno;
        return true;
    }
    idle_.pop_back();
    writes_[number] = {bytes, at, current_};
    ++pieces_[current_].writes;
    return true;
}

void WriteQueue::write_now(std::string_view bytes, std::uint64_t at)
{
    while (!bytes.empty() && error_ == 0) {
        const ssize_t done = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at));
        if (done > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(done));
            at += static_cast<std::uint64_t>(done);
            written_ += static_cast<std::uint64_t>(done);
        } else if (done < 0 && errno == EINVAL && direct_) {
            set_direct(false); // not this file, or not the odd end of the data
        } else if (done == 0 || errno != EINTR) {
            error_ = done == 0 ? EIO : errno;
        }
    }
}

// Waits for at least one, or until a signal comes.
void WriteQueue::collect()
{
    std::array<struct io_event, most_writes> events{};
    const long count = ::syscall(SYS_io_getevents, context_, 1L, static_cast<long>(events.size()),
                                 events.data(), nullptr);
    if (count < 0 && errno != EINTR) {
        error_ = error_ == 0 ? errno : error_;
        ::syscall(SYS_io_destroy, context_); // they have ended then, nobody knows how
        context_ = 0;
        for (Piece& piece : pieces_)
            piece.writes = 0;
        all_idle();
    }
    for (long i = 0; i < count; ++i) {
        const struct io_event& event = events.at(static_cast<std::size_t>(i));
        const auto number = static_cast<std::size_t>(event.data);
        complete(writes_[number], event.res);
        --pieces_[writes_[number].piece].writes;
        idle_.push_back(number);
    }
}

void WriteQueue::complete(const Write& write, std::int64_t result)
{
    if (result < 0 && result != -EINVAL) {
        error_ = error_ == 0 ? static_cast<int>(-result) : error_;
        return;
    }
    const std::size_t done = result < 0 ? 0 : static_cast<std::size_t>(result);
    written_ += done;
    write_now(write.bytes.substr(done), write.at + done); // says why there is a rest
}

bool WriteQueue::finish()
{
    while (idle_.size() < writes_.size() && context_ != 0)
        collect();
    return succeeded();
}

} // namespace qmgmt
