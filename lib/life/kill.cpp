// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/kill.hpp"

#include "base/error.hpp"
#include "base/wait.hpp"
#include "life/power_state.hpp"
#include "life/run_record.hpp"
#include "life/settle.hpp"
#include "state/named_lock.hpp"

namespace qmgmt {
namespace {

constexpr std::chrono::seconds dying_patience{10};
constexpr std::chrono::milliseconds poll{100};
// How long a Kill waits for whoever works on the qube: it is to be done within a second.
constexpr std::chrono::milliseconds lock_patience{700};

void destroy_if_active(Call& call, const Qube& qube)
{
    if (domain_status(call, qube).state == PowerState::halted)
        return;
    try {
        call.hypervisor().destroy(uuid_of(qube));
    } catch (const Error&) {
        if (domain_status(call, qube).state != PowerState::halted)
            throw; // off meanwhile is what was asked for
    }
    const Deadline deadline = call.deadline(dying_patience);
    while (domain_status(call, qube).state != PowerState::halted) {
        if (deadline.passed())
            throw Error{failure::timeout, "qube '" + qube.name() + "' does not go away"};
        wait(poll);
    }
}

} // namespace

void kill_qube(Call& call)
{
    call.act();
    const Qube& qube = call.destination();
    destroy_if_active(call, qube);
    const std::string name = qube_lock(qube.name());
    auto lock = NamedLock::try_lock(name, LockMode::exclusive, call.request().program);
    if (!lock) {
        // A Start that has made no domain yet, or is about to resume one, gives up; it cleans up
        // after itself, as others do that hold the lock.
        RunRecord::ask_to_stop(uuid_of(qube));
        const Deadline deadline = call.deadline(lock_patience);
        while (!lock && !deadline.passed()) {
            wait(poll / 2);
            lock = NamedLock::try_lock(name, LockMode::exclusive, call.request().program);
        }
    }
    destroy_if_active(call, qube); // a Start that was past giving up
    if (!lock)
        return;
    call.refresh();
    if (call.store().index().find(call.destination_name())) // a disposable may be gone
        settle(call, call.destination());
}

} // namespace qmgmt
