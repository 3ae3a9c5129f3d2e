// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/lvrpc/lifecycle.hpp"

#include "base/unix_socket.hpp"
#include "hypervisor/lvrpc/conversation.hpp"
#include "hypervisor/lvrpc/xdr.hpp"

#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace qmgmt::lvrpc {
namespace {

constexpr std::chrono::milliseconds goodbye{50};
constexpr std::size_t longest_news = 65536;

bool succeeded(const std::optional<Reply>& answer)
{
    return answer && !answer->failed;
}

// Lets us in, for reading.
bool open_connection(Conversation& daemon, const std::string& uri)
{
    const auto methods =
        daemon.ask(Procedure::auth_list, request(daemon.serial(), Procedure::auth_list));
    return succeeded(methods) && wants_no_authentication(methods->payload) &&
           succeeded(daemon.ask(Procedure::connect_open,
                                open_request(daemon.serial(), uri, Rights::reading)));
}

} // namespace

std::unique_ptr<LifecycleWatch> LifecycleWatch::begin(const Endpoint& endpoint, Deadline deadline)
{
    for (const auto* paths : {&endpoint.read_only_sockets, &endpoint.sockets}) {
        for (const std::string& path : *paths) {
            Fd socket = connect_to_socket(path);
            if (!socket)
                continue;
            Conversation daemon{std::move(socket), deadline};
            if (!open_connection(daemon, endpoint.uri))
                return nullptr;
            const std::uint32_t serial = daemon.serial();
            std::unique_ptr<LifecycleWatch> watch{new LifecycleWatch{daemon.release()}};
            return watch->subscribe(serial, deadline) ? std::move(watch) : nullptr;
        }
    }
    return nullptr;
}

LifecycleWatch::~LifecycleWatch()
{
    // As in lvrpc/list: without it the daemon complains. News may stand before the answer.
    Conversation daemon{std::move(socket_), Deadline::in(goodbye)};
    if (!daemon.send(request(serial_, Procedure::connect_close), 1))
        return;
    while (daemon.receive_any())
        continue;
}

bool LifecycleWatch::subscribe(std::uint32_t serial, Deadline deadline)
{
    const std::string wanted = lifecycle_request(serial);
    serial_ = serial + 1;
    if (::send(socket_.get(), wanted.data(), wanted.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(wanted.size()))
        return false;
    bool answered = false;
    while (!answered) {
        pollfd wait{socket_.get(), POLLIN, 0};
        if (deadline.passed() || ::poll(&wait, 1, static_cast<int>(deadline.left().count())) < 0)
            return false;
        std::vector<std::string> messages;
        if (!receive(messages))
            return false;
        for (const std::string& message : messages) {
            const auto answer = reply(message, Procedure::domain_event_register);
            if (answer && (answered || answer->failed || answer->serial != serial))
                return false;
            answered = answered || answer.has_value();
            if (!answer && !take(message))
                return false;
        }
    }
    return true;
}

bool LifecycleWatch::receive(std::vector<std::string>& messages)
{
    std::array<char, 16384> buffer{};
    for (;;) {
        const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return true;
        if (got <= 0)
            return false;
        unfinished_.append(buffer.data(), static_cast<std::size_t>(got));
        std::size_t at = 0;
        while (unfinished_.size() - at >= length_word) {
            const std::size_t length = XdrReader{std::string_view{unfinished_}.substr(at)}.word();
            if (length < header_size || length > longest_news)
                return false;
            if (unfinished_.size() - at < length)
                break;
            messages.push_back(unfinished_.substr(at, length));
            at += length;
        }
        unfinished_.erase(0, at);
    }
}

bool LifecycleWatch::take(const std::string& message)
{
    const auto news = lifecycle_news(message);
    if (!news)
        return false;
    early_.push_back(*news);
    return true;
}

std::optional<std::vector<LifecycleNews>> LifecycleWatch::read()
{
    std::vector<std::string> messages;
    const bool goes_on = receive(messages);
    for (const std::string& message : messages) {
        if (!take(message))
            return std::nullopt;
    }
    if (!goes_on && early_.empty())
        return std::nullopt;
    return std::exchange(early_, {});
}

} // namespace qmgmt::lvrpc
