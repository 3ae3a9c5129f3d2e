// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/lvrpc/conversation.hpp"

#include "hypervisor/lvrpc/xdr.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace qmgmt::lvrpc {
namespace {

bool wait_for(int socket, short event, Deadline deadline)
{
    pollfd wait{socket, event, 0};
    int ready = 0;
    do {
        ready = ::poll(&wait, 1, static_cast<int>(deadline.left().count()));
    } while (ready < 0 && errno == EINTR && !deadline.passed());
    return ready == 1;
}

bool send_all(int socket, std::string_view bytes, Deadline deadline)
{
    while (!bytes.empty()) {
        if (deadline.passed())
            return false;
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0)
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        else if (errno != EINTR && (errno != EAGAIN || !wait_for(socket, POLLOUT, deadline)))
            return false;
    }
    return true;
}

bool receive_all(int socket, std::string& bytes, std::size_t wanted, Deadline deadline)
{
    std::array<char, 16384> buffer{};
    while (bytes.size() < wanted) {
        if (deadline.passed()) // of a sender who never lets us wait, too
            return false;
        const std::size_t room = std::min(buffer.size(), wanted - bytes.size());
        const ssize_t got = ::recv(socket, buffer.data(), room, 0);
        if (got > 0)
            bytes.append(buffer.data(), static_cast<std::size_t>(got));
        else if (got == 0 ||
                 (errno != EINTR && (errno != EAGAIN || !wait_for(socket, POLLIN, deadline))))
            return false;
    }
    return true;
}

} // namespace

Conversation::Conversation(Fd socket, Deadline deadline)
    : socket_{std::move(socket)}, deadline_{deadline}
{
}

std::optional<Reply> Conversation::ask(Procedure procedure, const std::string& request)
{
    const std::uint32_t asked = serial_;
    if (!send(request, 1))
        return std::nullopt;
    const auto answer = receive(procedure);
    return answer && answer->serial == asked ? answer : std::nullopt;
}

bool Conversation::send(const std::string& requests, std::uint32_t count)
{
    serial_ += count;
    return send_all(socket_.get(), requests, deadline_);
}

bool Conversation::receive_any()
{
    message_.clear();
    if (!receive_all(socket_.get(), message_, length_word, deadline_))
        return false;
    const std::size_t length = XdrReader{message_}.word();
    return length >= header_size && length <= longest_message &&
           receive_all(socket_.get(), message_, length, deadline_);
}

std::optional<Reply> Conversation::receive(Procedure procedure)
{
    if (!receive_any())
        return std::nullopt;
    return reply(message_, procedure);
}

} // namespace qmgmt::lvrpc
