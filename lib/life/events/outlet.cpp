// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/events/outlet.hpp"

#include <climits>

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {
namespace {

bool is_socket(int fd)
{
    struct stat facts {};
    return ::fstat(fd, &facts) == 0 && S_ISSOCK(facts.st_mode);
}

bool has_room(int fd)
{
    pollfd look{fd, POLLOUT, 0};
    return ::poll(&look, 1, 0) == 1 && (look.revents & (POLLOUT | POLLERR)) != 0;
}

} // namespace

Outlet::Outlet(int fd) : fd_{fd}, socket_{is_socket(fd)} {}

short Outlet::wanted() const noexcept
{
    return queue_.empty() ? short{0} : short{POLLOUT};
}

bool Outlet::put(std::string event)
{
    if (queue_.size() >= most_events || bytes_ + event.size() > most_bytes)
        return false;
    bytes_ += event.size();
    queue_.push_back(std::move(event));
    return true;
}

bool Outlet::flush()
{
    while (!queue_.empty()) {
        const std::string& first = queue_.front();
        const char* const from = first.data() + written_;
        std::size_t size = first.size() - written_;
        ssize_t taken = -1;
        if (socket_) {
            taken = ::send(fd_, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        } else {
            // A pipe that is ready has room for so much, and the write does not wait.
            size = std::min(size, std::size_t{PIPE_BUF});
            if (!has_room(fd_))
                return true;
            taken = ::write(fd_, from, size);
        }
        if (taken < 0 && errno == EINTR)
            continue;
        if (taken < 0)
            return errno == EAGAIN || errno == ENOBUFS;
        written_ += static_cast<std::size_t>(taken);
        if (written_ < first.size())
            continue;
        bytes_ -= first.size();
        queue_.pop_front();
        written_ = 0;
    }
    return true;
}

} // namespace qmgmt
