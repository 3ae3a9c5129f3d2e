// SPDX-License-Identifier: GPL-2.0-or-later

#include "rpc/dispatch/dispatcher.hpp"

#include "base/account.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/loadable.hpp"
#include "base/paths.hpp"
#include "rpc/dispatch/header.hpp"
#include "rpc/dispatch/peer.hpp"
#include "rpc/replace_process.hpp"
#include "rpc/run.hpp"
#include "rpc/spec.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace qmgmt::rpc {
namespace {

constexpr std::chrono::seconds patience{10}; // for the header
constexpr int connection = STDIN_FILENO;

int refuse(Failure kind, const std::string& reason)
{
    static_cast<void>(write_all(STDERR_FILENO, failure_line("qubes-mgmt-dispatch", kind, reason)));
    return static_cast<int>(kind);
}

// What goes wrong is for the log. Who starts a program as inetd does may have left it only the
// connection.
void keep_errors_from_client()
{
    struct stat socket {};
    struct stat errors {};
    if (::fstat(connection, &socket) != 0 || ::fstat(STDERR_FILENO, &errors) != 0 ||
        socket.st_dev != errors.st_dev || socket.st_ino != errors.st_ino)
        return;
    const Fd nothing{::open("/dev/null", O_RDWR | O_NOCTTY | O_CLOEXEC)};
    if (!nothing || ::dup2(nothing.get(), STDERR_FILENO) < 0) // NOLINT: inherited on purpose
        ::close(STDERR_FILENO);
}

// Calls read and write, and wait where they must.
void make_blocking()
{
    const int flags = ::fcntl(connection, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK) != 0)
        ::fcntl(connection, F_SETFL, flags & ~O_NONBLOCK);
}

// A client that still sends would be cut off by a close, before it reads. No call takes more than
// this of a small payload.
void drain(Deadline deadline)
{
    std::array<char, 4096> bytes{};
    std::size_t taken = 0;
    while (taken <= small_payload_limit) {
        struct pollfd waiting {
            connection, POLLIN, 0
        };
        const int ready = ::poll(&waiting, 1, static_cast<int>(deadline.left().count()));
        if (ready < 0 && errno == EINTR)
            continue;
        const ssize_t got =
            ready > 0 ? ::recv(connection, bytes.data(), bytes.size(), MSG_DONTWAIT) : 0;
        if (got <= 0)
            return;
        taken += static_cast<std::size_t>(got);
    }
}

int answer(FailureType type, const std::string& text)
{
    static_cast<void>(write_all(STDOUT_FILENO, framed_failure(type, text)));
    return refuse(type.kind, text);
}

// Where libvirt finds what is the user's own, on a machine where it is his.
void add_directories_of_user(std::vector<std::string>& variables, uid_t started_as)
{
    if (started_as == ::geteuid()) {
        for (const char* name : {"HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"})
            if (const char* value = std::getenv(name))
                variables.push_back(std::string{name} + "=" + value);
        return;
    }
    if (const auto account = user_with_id(::geteuid()))
        variables.push_back("HOME=" + account->home);
    variables.push_back("XDG_RUNTIME_DIR=/run/user/" + std::to_string(::geteuid()));
}

// As qrexec would say it, and nothing else.
std::vector<std::string> variables_for(const DispatchHeader& header, uid_t started_as)
{
    std::vector<std::string> variables{
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL=C",
        "QREXEC_REMOTE_DOMAIN=" + header.source,
        "QREXEC_SERVICE_FULL_NAME=" + header.method + "+" + header.argument,
        "QREXEC_SERVICE_ARGUMENT=" + header.argument,
    };
    if (header.by_keyword) {
        variables.emplace_back("QREXEC_REQUESTED_TARGET_TYPE=keyword");
        variables.push_back("QREXEC_REQUESTED_TARGET_KEYWORD=" + header.destination);
    } else {
        variables.emplace_back("QREXEC_REQUESTED_TARGET_TYPE=name");
        variables.push_back("QREXEC_REQUESTED_TARGET=" + header.destination);
    }
    if (!paths::root().empty())
        variables.push_back("QUBES_MGMT_ROOT=" + paths::root());
    add_directories_of_user(variables, started_as);
    return variables;
}

// Returns only when it cannot.
int become_call(const DispatchHeader& header, uid_t started_as)
{
    std::vector<std::string> words{program_directory() + "/" + header.method};
    if (!header.argument.empty())
        words.push_back(header.argument);
    replace_process(std::move(words), variables_for(header, started_as));
    drain(Deadline::in(patience));
    return answer(failure::unsupported, "this call is not installed");
}

int dispatch(std::span<const std::string_view> methods)
{
    const Deadline deadline = Deadline::in(patience);
    const auto peer = Peer::of(connection);
    if (!peer)
        return refuse(Failure::protocol, "standard input is to be a connection to a socket");
    const uid_t started_as = ::geteuid();
    const bool is_of_the_host = peer->is_of_the_host();
    if (!peer->take_over())
        return refuse(Failure::denied, "cannot run as the user who asks");
    if (ends_without_a_byte(connection, deadline))
        return 0;
    const auto untrusted_header = receive_header(connection, deadline);
    if (!untrusted_header)
        return refuse(Failure::protocol, "no header came");
    const auto header = DispatchHeader::parse(*untrusted_header);
    if (!header)
        return refuse(Failure::protocol, "the header is malformed");
    if (header->source != "dom0" && peer->user != 0)
        return refuse(Failure::denied, "only root may speak for other qubes");
    if (std::ranges::find(methods, header->method) == methods.end()) {
        drain(deadline);
        return answer(failure::protocol, "no such method");
    }
    if (header->method.starts_with("internal.") && !is_of_the_host)
        return refuse(Failure::denied, "only root and the group qubes may ask for this");
    return become_call(*header, started_as);
}

} // namespace

int run_dispatcher(std::span<const std::string_view> methods)
{
    std::signal(SIGPIPE, SIG_IGN);
    keep_errors_from_client();
    make_blocking();
    try {
        return dispatch(methods);
    } catch (const Error& error) {
        return refuse(error.kind(), error.text());
    }
}

} // namespace qmgmt::rpc
