// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/network/netvm_change.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "life/network/firewall.hpp"
#include "life/network/interface.hpp"
#include "life/network/told.hpp"
#include "life/property/live.hpp"

namespace qmgmt {
namespace {

constexpr std::string_view deferred = "deferred-netvm-original"; // the old netvm; empty: none

bool runs(Call& call, const std::string& qube)
{
    return !qube.empty() && is_running(power_state(call, call.store().qube(qube)));
}

// The netvm that the qube has left; it may be gone by now.
void take_off_list(Call& call, const Qube& qube, const std::string& netvm)
{
    const Qube* provider = netvm.empty() ? nullptr : call.store().find_any(netvm);
    if (provider == nullptr || !is_running(power_state(call, *provider)))
        return;
    tell_of_clients(call, *provider);
    withdraw_firewall(call, qube, netvm);
}

void connect_to(Call& call, const Qube& qube, const std::string& netvm)
{
    if (!runs(call, netvm)) {
        tell_of_network(call, qube);
        return;
    }
    const Qube& provider = call.store().qube(netvm);
    tell_of_clients(call, provider);
    tell_of_network(call, qube);
    push_firewall(call, qube);
    attach_interface(call, qube);
    journal(
        {{netvm, "net-domain-connect", {{"vm", qube.name()}}, provider.klass(), provider.tags()}});
}

void forget(Call& call, const Qube& qube)
{
    Edit edit = call.edit_again();
    edit.remove_feature(qube.name(), deferred);
    static_cast<void>(edit.commit());
}

template<typename Work>
void best_effort(const std::string& qube, Work work) noexcept
{
    try {
        work();
    } catch (const Error& error) {
        log_warning("cannot change the network of '" + qube + "': " + error.text() + " (" +
                    error.detail() + "), ignoring");
    }
}

} // namespace

void NetvmChange::include(const std::string& qube, std::string to)
{
    NamedLock lock = NamedLock::wait(qube_lock(qube), LockMode::exclusive, call_.lock_deadline(),
                                     call_.request().program);
    call_.refresh();
    const Qube& now = call_.store().qube(qube);
    const PowerState state = power_state(call_, now);
    if (!is_running(state))
        return;
    SystemValues live{call_};
    members_.push_back({qube, Effective{call_.store(), live}.text(now, "netvm"), std::move(to),
                        state == PowerState::paused, false, std::move(lock)});
}

void NetvmChange::disconnect()
{
    for (Member& member : members_) {
        if (member.paused || member.from == member.to || !runs(call_, member.from))
            continue;
        try {
            detach_interface(call_, call_.store().qube(member.qube));
        } catch (...) {
            take_back();
            throw;
        }
        member.disconnected = true;
    }
}

void NetvmChange::defer(Edit& edit) const
{
    for (const Member& member : members_) {
        const Qube* qube = edit.store().find_any(member.qube);
        if (member.paused && member.from != member.to && qube != nullptr &&
            !qube->feature(deferred))
            edit.set_feature(member.qube, deferred, member.from);
    }
}

void NetvmChange::take_back() noexcept
{
    for (Member& member : members_) {
        if (std::exchange(member.disconnected, false))
            best_effort(member.qube,
                        [&] { attach_interface(call_, call_.store().qube(member.qube)); });
    }
}

void NetvmChange::connect() noexcept
{
    call_.refresh();
    for (const Member& member : members_) {
        if (member.paused || member.from == member.to)
            continue;
        best_effort(member.qube,
                    [&] { connect_to(call_, call_.store().qube(member.qube), member.to); });
        best_effort(member.qube,
                    [&] { take_off_list(call_, call_.store().qube(member.qube), member.from); });
    }
}

void finish_deferred_netvm_change(Call& call, const Qube& qube) noexcept
{
    const auto left = qube.feature(deferred);
    if (!left)
        return;
    best_effort(qube.name(), [&] {
        detach_interface(call, qube);
        forget(call, qube);
        SystemValues live{call};
        connect_to(call, qube, Effective{call.store(), live}.text(qube, "netvm"));
    });
    best_effort(qube.name(), [&] { take_off_list(call, qube, *left); });
}

void forget_deferred_netvm_change(Call& call, const Qube& qube)
{
    if (qube.feature(deferred))
        forget(call, qube);
}

} // namespace qmgmt
