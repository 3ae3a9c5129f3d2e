// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/stream/input.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>

namespace qmgmt {
namespace {

constexpr int pipe_size = 1 << 20;

// False at the deadline.
bool wait_readable(int fd, std::optional<Deadline> deadline)
{
    struct pollfd waiting {
        fd, POLLIN, 0
    };
    constexpr std::chrono::milliseconds longest{60000};
    for (;;) {
        const auto span = deadline ? std::min(deadline->left(), longest) : longest;
        if (::poll(&waiting, 1, static_cast<int>(span.count())) != 0)
            return true; // or a failure: reading says which
        if (deadline && deadline->passed())
            return false;
    }
}

} // namespace

StreamInput::StreamInput(Fd fd, std::optional<Deadline> deadline)
    : fd_{std::move(fd)}, deadline_{deadline}
{
    // Where it is a pipe, and we may: fewer, larger reads.
    static_cast<void>(::fcntl(fd_.get(), F_SETPIPE_SZ, pipe_size));
}

std::size_t StreamInput::read_some(char* into, std::size_t room)
{
    for (;;) {
        if (signals_ != nullptr ? !signals_->wait_readable(fd_.get(), deadline_)
                                : !wait_readable(fd_.get(), deadline_)) {
            if (signals_ != nullptr && signals_->arrived())
                throw Error{failure::cancelled, "cannot import: stopped before all data had come"};
            throw Error{failure::timeout, "cannot import: the data did not end in time"};
        }
        const ssize_t got = ::read(fd_.get(), into, room);
        if (got >= 0)
            return static_cast<std::size_t>(got);
        if (errno == ECONNRESET)
            return 0; // the peer has gone
        if (errno != EINTR && errno != EAGAIN)
            throw_errno(failure::failed, "cannot import: the data cannot be read",
                        "standard input");
    }
}

std::optional<std::string> StreamInput::line(std::size_t limit)
{
    std::string head = std::exchange(surplus_, {}); // of the line before
    while (head.find('\n') == std::string::npos) {
        const std::size_t filled = head.size();
        if (filled >= limit)
            return std::nullopt;
        head.resize(limit);
        const std::size_t got = read_some(head.data() + filled, limit - filled);
        head.resize(filled + got);
        if (got == 0)
            return std::nullopt;
    }
    const std::size_t end = head.find('\n');
    if (end >= limit)
        return std::nullopt;
    surplus_ = head.substr(end + 1);
    head.resize(end);
    return head;
}

std::size_t StreamInput::read(char* into, std::size_t room)
{
    std::size_t filled = std::min(room, surplus_.size());
    std::memcpy(into, surplus_.data(), filled);
    surplus_.erase(0, filled);
    while (filled < room) {
        const std::size_t got = read_some(into + filled, room - filled);
        if (got == 0)
            break;
        filled += got;
    }
    return filled;
}

} // namespace qmgmt
