// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/kill.hpp"

#include "base/wait.hpp"
#include "life/destroy.hpp"
#include "life/power_state.hpp"
#include "life/run_record.hpp"
#include "life/settle.hpp"
#include "state/named_lock.hpp"

namespace qmgmt {
namespace {

constexpr std::chrono::milliseconds poll{100};
// How long a Kill waits for whoever works on the qube: it is to be done within a second.
constexpr std::chrono::milliseconds lock_patience{700};

} // namespace

void kill_qube(Call& call)
{
    call.act();
    const Qube& qube = call.destination();
    destroy_domain(call, qube);
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
    destroy_domain(call, qube); // a Start that was past giving up
    if (!lock)
        return;
    call.refresh();
    if (call.store().index().find(call.destination_name())) // a disposable may be gone
        settle(call, call.destination());
}

} // namespace qmgmt
