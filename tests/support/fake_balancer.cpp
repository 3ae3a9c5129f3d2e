// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/fake_balancer.hpp"

#include <array>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace qmgmt::test {

FakeBalancer::FakeBalancer(const std::string& path, std::string answer,
                           std::function<void()> let_go)
    : answer_{std::move(answer)}, let_go_{std::move(let_go)}, listener_{::socket(
                                                                  AF_UNIX,
                                                                  SOCK_STREAM | SOCK_CLOEXEC, 0)}
{
    struct sockaddr_un address {};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        throw std::runtime_error{"the path of a socket is too long"};
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    if (::bind(listener_, reinterpret_cast<const struct sockaddr*>(&address), sizeof address) !=
            0 ||
        ::listen(listener_, 4) != 0 || ::pipe2(stop_, O_CLOEXEC) != 0)
        throw std::runtime_error{"cannot listen"};
    thread_ = std::thread{[this] { serve(); }};
}

FakeBalancer::~FakeBalancer()
{
    ::close(stop_[1]);
    thread_.join();
    ::close(stop_[0]);
    ::close(listener_);
}

std::vector<std::string> FakeBalancer::questions() const
{
    const std::lock_guard guard{mutex_};
    return questions_;
}

bool FakeBalancer::wait_for(int fd) const
{
    std::array<pollfd, 2> waits{{{fd, POLLIN, 0}, {stop_[0], POLLIN, 0}}};
    return ::poll(waits.data(), waits.size(), -1) > 0 && waits[1].revents == 0;
}

void FakeBalancer::serve()
{
    while (wait_for(listener_)) {
        const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0)
            continue;
        ++held_;
        converse(connection);
        --held_;
        ::close(connection);
    }
}

void FakeBalancer::converse(int connection)
{
    std::string question;
    std::array<char, 256> buffer{};
    bool answered = false;
    while (wait_for(connection)) {
        const ssize_t got = ::read(connection, buffer.data(), buffer.size());
        if (got <= 0) {
            if (answered && let_go_)
                let_go_();
            return;
        }
        question.append(buffer.data(), static_cast<std::size_t>(got));
        if (question.find('\n') == std::string::npos || answered)
            continue;
        {
            const std::lock_guard guard{mutex_};
            questions_.push_back(question);
        }
        answered =
            answer_.empty() || ::send(connection, answer_.data(), answer_.size(), MSG_NOSIGNAL) > 0;
        if (answer_ == "hang up")
            return;
    }
}

} // namespace qmgmt::test
