// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/kill.hpp"

#include "base/error.hpp"
#include "call/reconcile.hpp"
#include "life/power_state.hpp"
#include "life/settle.hpp"
#include "state/foreign_daemon.hpp"
#include "state/named_lock.hpp"

#include <ctime>

namespace qmgmt {
namespace {

constexpr std::chrono::seconds dying_patience{10};

void wait_until_halted(Call& call, const Qube& qube)
{
    const Deadline deadline = call.deadline(dying_patience);
    while (domain_status(call, qube).state != PowerState::halted) {
        if (deadline.passed())
            throw Error{failure::timeout, "qube '" + qube.name() + "' does not go away"};
        const struct timespec poll {
            0, 250'000'000
        };
        ::nanosleep(&poll, nullptr);
    }
}

} // namespace

void kill_qube(Call& call)
{
    const Qube& qube = call.destination();
    if (foreign_daemon_runs())
        throw Error{failure::busy, "another manager owns the store"};
    reconcile_intents(call);
    if (domain_status(call, qube).state != PowerState::halted) {
        try {
            call.hypervisor().destroy(uuid_of(qube));
        } catch (const Error& error) {
            if (error.kind() != Failure::wrong_state)
                throw; // off meanwhile is what was asked for
        }
        wait_until_halted(call, qube);
    }
    const NamedLock lock = NamedLock::wait(qube_lock(qube.name()), LockMode::exclusive,
                                           call.lock_deadline(), call.request().program);
    settle(call, qube);
}

} // namespace qmgmt
