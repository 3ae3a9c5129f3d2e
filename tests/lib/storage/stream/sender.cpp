// SPDX-License-Identifier: GPL-2.0-or-later

#include "sender.hpp"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace qmgmt::test {

Sender::Sender(std::function<void(int fd)> work)
{
    ::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw std::runtime_error{"pipe2"};
    reading_ = Fd{ends[0]};
    thread_ = std::thread{[work = std::move(work), end = Fd{ends[1]}] { work(end.get()); }};
}

Sender::~Sender()
{
    reading_.reset(); // whoever still writes fails
    thread_.join();
}

bool send(int fd, std::string_view bytes)
{
    return write_all(fd, bytes);
}

bool send_zeros(int fd, std::size_t length)
{
    const std::string zeros(std::size_t{1} << 20, '\0');
    while (length > 0) {
        const std::size_t piece = std::min(length, zeros.size());
        if (!send(fd, std::string_view{zeros}.substr(0, piece)))
            return false;
        length -= piece;
    }
    return true;
}

} // namespace qmgmt::test
