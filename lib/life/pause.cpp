// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/pause.hpp"

#include "life/hooks.hpp"
#include "life/network/netvm_change.hpp"
#include "life/power_state.hpp"
#include "life/refusal.hpp"
#include "life/settle.hpp"
#include "state/named_lock.hpp"

namespace qmgmt {
namespace {

constexpr std::chrono::seconds lock_patience{5};

// The destination under its lock, cleaned up, and its state then.
class Held {
public:
    explicit Held(Call& call)
        : lock_{NamedLock::wait(qube_lock(call.destination_name()), LockMode::exclusive,
                                call.deadline(lock_patience), call.request().program)}
    {
        call.refresh();
        state_ = settled_state(call, call.destination());
    }

    [[nodiscard]] PowerState state() const { return state_; }

private:
    NamedLock lock_;
    PowerState state_ = PowerState::na;
};

} // namespace

void pause_qube(Call& call)
{
    call.act();
    const Held held{call};
    const Qube& qube = call.destination();
    switch (held.state()) {
    case PowerState::running:
    case PowerState::transient: break;
    case PowerState::paused: return;
    default: throw not_running(qube.name());
    }
    run_hooks("domain-pre-paused", qube);
    call.hypervisor().pause(uuid_of(qube));
}

void unpause_qube(Call& call)
{
    call.act();
    const Held held{call};
    const Qube& qube = call.destination();
    switch (held.state()) {
    case PowerState::paused: break;
    case PowerState::running:
    case PowerState::transient: return;
    default: throw not_paused(qube.name());
    }
    run_hooks("domain-pre-unpaused", qube);
    call.hypervisor().resume(uuid_of(qube));
    run_hooks("domain-unpaused", qube);
    finish_deferred_netvm_change(call, qube);
}

} // namespace qmgmt
