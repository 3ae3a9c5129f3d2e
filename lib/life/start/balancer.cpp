// SPDX-License-Identifier: GPL-2.0-or-later
//
// The conversation: we send the bytes in decimal and a newline, it sends OK or FAIL. What it grants
// is ours until the connection is closed.

#include "life/start/balancer.hpp"

#include "base/ascii.hpp"
#include "base/config.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "base/unix_socket.hpp"
#include "base/wait.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>

namespace qmgmt {
namespace {

constexpr std::uint64_t mib = 1'048'576;
constexpr std::chrono::milliseconds pause{50};

[[noreturn]] void late(const std::string& qube)
{
    throw Error{failure::timeout,
                "cannot start '" + qube + "': the memory balancer did not answer in time"};
}

// Empty, with errno set, when nobody listens. One that has others to serve first is waited for.
Fd connect(const std::string& qube, Deadline deadline)
{
    const std::string path = paths::below_root(paths::upstream_runtime) + "/qmemman.sock";
    for (;;) {
        Fd connection = connect_to_socket(path);
        if (connection || errno != EAGAIN)
            return connection;
        if (deadline.passed())
            late(qube);
        wait(pause);
    }
}

std::string answer(const Fd& connection, const std::string& qube, Deadline deadline)
{
    constexpr std::size_t longest = 64;
    std::string text;
    while (text.find('\n') == std::string::npos && !text.starts_with("OK") &&
           text.size() < longest) {
        pollfd waiting{connection.get(), POLLIN, 0};
        const int ready = ::poll(&waiting, 1, static_cast<int>(deadline.left().count()));
        if (ready == 0)
            late(qube);
        std::array<char, longest> buffer{};
        const ssize_t got =
            ready > 0 ? ::recv(connection.get(), buffer.data(), buffer.size(), 0) : -1;
        if (got == 0)
            break;
        if (got > 0)
            text.append(buffer.data(), static_cast<std::size_t>(got));
        else if (errno != EINTR && errno != EAGAIN)
            throw_errno(failure::failed,
                        "cannot start '" + qube + "': the memory balancer does not answer", "recv");
    }
    return text;
}

} // namespace

std::uint64_t bytes_of(const MemoryNeed& need)
{
    constexpr std::uint64_t of_a_domain = 4 * mib;
    constexpr std::uint64_t of_a_vcpu = 3 * mib / 2;
    constexpr std::uint64_t of_a_mib = 8192;
    const std::uint64_t most = need.maxmem != 0 ? need.maxmem : need.memory;
    return (need.memory + need.stub_domain) * mib + of_a_domain + need.vcpus * of_a_vcpu +
           (need.has_tables ? most * of_a_mib : 0);
}

Error not_enough_memory(const std::string& qube, std::string detail)
{
    return Error{failure::no_memory, "Not enough memory to start domain '" + qube + "'",
                 std::move(detail)};
}

std::optional<MemoryReservation> MemoryReservation::make(const std::string& qube,
                                                         std::uint64_t bytes, bool on_xen,
                                                         Deadline deadline)
{
    const std::string asked = config().word("qmemman", "auto", {"auto", "required", "off"});
    if (asked == "off" || (asked == "auto" && !on_xen))
        return std::nullopt;
    Fd connection = connect(qube, deadline);
    if (!connection) {
        const int reason = errno;
        if (asked == "required")
            throw Error{failure::unsupported, "not available: there is no memory balancer",
                        std::strerror(reason)};
        if (reason != ENOENT)
            log_warning("cannot ask the memory balancer: " + std::string{std::strerror(reason)} +
                        ", ignoring");
        return std::nullopt;
    }
    const std::string question = std::to_string(bytes) + "\n";
    if (::send(connection.get(), question.data(), question.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(question.size()))
        throw_errno(failure::failed,
                    "cannot start '" + qube + "': the memory balancer does not answer", "send");
    const std::string text = answer(connection, qube, deadline);
    if (text.starts_with("FAIL"))
        throw not_enough_memory(qube, "the balancer cannot make room for " + std::to_string(bytes));
    if (!text.starts_with("OK"))
        throw Error{failure::failed,
                    "cannot start '" + qube + "': the memory balancer does not answer",
                    "it said '" + printable(text, 64) + "'"};
    return MemoryReservation{std::move(connection)};
}

} // namespace qmgmt
