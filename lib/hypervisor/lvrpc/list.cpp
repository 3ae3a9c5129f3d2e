// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/lvrpc/list.hpp"

#include "base/unix_socket.hpp"
#include "hypervisor/lvrpc/message.hpp"
#include "hypervisor/lvrpc/xdr.hpp"
#include "hypervisor/session_daemon.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace qmgmt::lvrpc {
namespace {

constexpr std::chrono::milliseconds goodbye{50};

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

bool receive(int socket, std::string& bytes, std::size_t wanted, Deadline deadline)
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

class Conversation {
public:
    Conversation(Fd socket, Deadline deadline) : socket_{std::move(socket)}, deadline_{deadline} {}

    // The payload of the answer; nothing when it did not come or is none. Valid until the next.
    std::optional<std::string_view> ask(Procedure procedure, const std::string& request)
    {
        message_.clear();
        if (!send_all(socket_.get(), request, deadline_) ||
            !receive(socket_.get(), message_, length_word, deadline_))
            return std::nullopt;
        const std::size_t length = XdrReader{message_}.word();
        if (length < header_size || length > longest_message ||
            !receive(socket_.get(), message_, length, deadline_))
            return std::nullopt;
        return answer(message_, serial_++, procedure);
    }

    [[nodiscard]] std::uint32_t serial() const { return serial_; }

    void hurry(std::chrono::milliseconds span) { deadline_ = deadline_.sooner(Deadline::in(span)); }

private:
    Fd socket_;
    Deadline deadline_;
    std::uint32_t serial_ = 0;
    std::string message_;
};

std::optional<std::vector<DomainStatus>> converse(Fd socket, const std::string& uri, Rights rights,
                                                  Deadline deadline)
{
    Conversation daemon{std::move(socket), deadline};
    const auto methods =
        daemon.ask(Procedure::auth_list, request(daemon.serial(), Procedure::auth_list));
    if (!methods || !wants_no_authentication(*methods))
        return std::nullopt;
    const auto opened =
        daemon.ask(Procedure::connect_open, open_request(daemon.serial(), uri, rights));
    if (!opened || !opened->empty())
        return std::nullopt;
    const auto stats = daemon.ask(Procedure::all_domain_stats, stats_request(daemon.serial()));
    if (!stats)
        return std::nullopt;
    auto domains = statuses(*stats);
    // Without a goodbye the daemon writes a complaint into its log; it need not be a long one.
    daemon.hurry(goodbye);
    static_cast<void>(
        daemon.ask(Procedure::connect_close, request(daemon.serial(), Procedure::connect_close)));
    return domains;
}

} // namespace

Endpoint endpoint(std::string_view connection)
{
    constexpr std::string_view by_socket = "?socket=";
    if (connection == "xen:///" || connection == "xen:///system")
        return {{"/run/libvirt/virtxend-sock", "/run/libvirt/libvirt-sock"},
                "xen:///system",
                {"/run/libvirt/virtxend-sock-ro", "/run/libvirt/libvirt-sock-ro"}};
    if (connection == "qemu:///session") {
        // For root the library asks the daemon of the system.
        if (::geteuid() == 0)
            return {};
        return {session_directories().sockets(), std::string{connection}, {}};
    }
    for (const std::string_view driver : {"qemu", "xen"}) {
        const std::string prefix = std::string{driver} + "+unix:///system";
        if (connection.starts_with(prefix + std::string{by_socket}))
            return {{std::string{connection.substr(prefix.size() + by_socket.size())}},
                    std::string{driver} + ":///system",
                    {}};
    }
    return {};
}

std::optional<std::vector<DomainStatus>> list(const Endpoint& endpoint, Deadline deadline)
{
    for (const std::string& path : endpoint.sockets) {
        if (Fd socket = connect_to_socket(path))
            return converse(std::move(socket), endpoint.uri, Rights::all, deadline);
    }
    for (const std::string& path : endpoint.read_only_sockets) {
        if (Fd socket = connect_to_socket(path))
            return converse(std::move(socket), endpoint.uri, Rights::reading, deadline);
    }
    return std::nullopt;
}

} // namespace qmgmt::lvrpc
