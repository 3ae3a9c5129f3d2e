// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/lvrpc/list.hpp"

#include "base/unix_socket.hpp"
#include "hypervisor/lvrpc/conversation.hpp"
#include "hypervisor/lvrpc/message.hpp"
#include "hypervisor/session_daemon.hpp"

#include <algorithm>
#include <span>
#include <unistd.h>

namespace qmgmt::lvrpc {
namespace {

constexpr std::chrono::milliseconds goodbye{50};

// So many answers, even errors, find room in any socket before one of them is read: a daemon that
// could not write would take no more requests.
constexpr std::size_t most_at_once = 128;

// What was asked for, of an answer that is no error.
std::optional<std::string_view> payload_of(const std::optional<Reply>& answer)
{
    return answer && !answer->failed ? std::optional{answer->payload} : std::nullopt;
}

// The states of these domains, all asked at once; those that have gone meanwhile are left out.
bool ask_states(Conversation& daemon, std::span<const DomainStatus> domains,
                std::vector<DomainStatus>& found)
{
    const std::uint32_t first = daemon.serial();
    std::string requests;
    for (std::uint32_t i = 0; i < domains.size(); ++i)
        requests += state_request(first + i, domains[i]);
    if (!daemon.send(requests, static_cast<std::uint32_t>(domains.size())))
        return false;
    std::vector<bool> answered(domains.size());
    for (std::size_t left = domains.size(); left > 0; --left) {
        const auto answer = daemon.receive(Procedure::domain_state);
        const std::size_t place = answer ? answer->serial - first : domains.size();
        if (place >= domains.size() || answered[place])
            return false;
        answered[place] = true;
        if (answer->failed) {
            if (error_code(answer->payload) != no_domain)
                return false;
            continue;
        }
        DomainStatus domain = domains[place];
        if (!read_state(answer->payload, domain))
            return false;
        found.push_back(std::move(domain));
    }
    return true;
}

// For drivers that have no statistics, as that of Xen.
std::optional<std::vector<DomainStatus>> list_one_by_one(Conversation& daemon)
{
    const auto all =
        payload_of(daemon.ask(Procedure::all_domains, domains_request(daemon.serial())));
    const auto domains = all ? listed(*all) : std::nullopt;
    if (!domains)
        return std::nullopt;
    std::vector<DomainStatus> found;
    for (std::span<const DomainStatus> left{*domains}; !left.empty();) {
        const auto next = left.first(std::min(left.size(), most_at_once));
        if (!ask_states(daemon, next, found))
            return std::nullopt;
        left = left.subspan(next.size());
    }
    return found;
}

std::optional<std::vector<DomainStatus>> list_all(Conversation& daemon)
{
    const auto stats = daemon.ask(Procedure::all_domain_stats, stats_request(daemon.serial()));
    if (!stats)
        return std::nullopt;
    if (!stats->failed)
        return statuses(stats->payload);
    const auto why = error_code(stats->payload);
    if (why != no_support && why != operation_unsupported)
        return std::nullopt;
    return list_one_by_one(daemon);
}

std::optional<std::vector<DomainStatus>> converse(Fd socket, const std::string& uri, Rights rights,
                                                  Deadline deadline)
{
    Conversation daemon{std::move(socket), deadline};
    const auto methods = payload_of(
        daemon.ask(Procedure::auth_list, request(daemon.serial(), Procedure::auth_list)));
    if (!methods || !wants_no_authentication(*methods))
        return std::nullopt;
    const auto opened =
        payload_of(daemon.ask(Procedure::connect_open, open_request(daemon.serial(), uri, rights)));
    if (!opened || !opened->empty())
        return std::nullopt;
    auto domains = list_all(daemon);
    if (!domains)
        return std::nullopt;
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
