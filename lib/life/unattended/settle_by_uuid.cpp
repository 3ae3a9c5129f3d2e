// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/unattended/settle_by_uuid.hpp"

#include "base/log.hpp"
#include "base/wait.hpp"
#include "life/destroy.hpp"
#include "life/power_state.hpp"
#include "life/run_record.hpp"
#include "life/settle.hpp"
#include "state/named_lock.hpp"

namespace qmgmt {
namespace {

// The hook speaks while libvirt still holds the domain: whoever asks at once waits with it.
constexpr std::chrono::milliseconds release_pause{50};
constexpr std::chrono::milliseconds poll{50};
constexpr std::chrono::seconds release_patience{2};

const Qube* find(Call& call, const Uuid& uuid)
{
    call.refresh();
    const auto entry = call.store().index().find_uuid(uuid.text());
    return entry ? &call.store().qube(entry->name) : nullptr;
}

void forget(const Uuid& uuid)
{
    log_warning("forgetting a run of a qube that the store does not know: " + uuid.text());
    RunRecord::remove(uuid);
}

struct Locked {
    const Qube& qube; // as the store has it since the lock is ours
    NamedLock lock;
};

std::optional<Locked> lock_qube(Call& call, const Uuid& uuid)
{
    while (const Qube* qube = find(call, uuid)) {
        NamedLock lock = NamedLock::wait(qube_lock(qube->name()), LockMode::exclusive,
                                         call.lock_deadline(), call.request().program);
        const Qube* now = find(call, uuid);
        if (now != nullptr && now->name() == qube->name())
            return Locked{*now, std::move(lock)};
    }
    forget(uuid);
    return std::nullopt;
}

void wait_for_release(Call& call, const Uuid& uuid)
{
    wait(release_pause);
    const Qube* qube = find(call, uuid);
    const Deadline deadline = call.deadline(release_patience);
    while (qube != nullptr && RunRecord::load(uuid) && !deadline.passed() &&
           domain_status(call, *qube).state != PowerState::halted)
        wait(poll);
}

void destroy_leftover(Call& call, const Qube& qube)
{
    const auto record = RunRecord::load(uuid_of(qube));
    if (!record || record->phase == RunRecord::Phase::running ||
        domain_status(call, qube).state == PowerState::halted)
        return;
    log_warning("destroying '" + qube.name() + "', which a start that ran out of time left");
    destroy_domain(call, qube);
}

} // namespace

void settle_by_uuid(Call& call, const Uuid& uuid)
{
    if (!RunRecord::load(uuid))
        return;
    wait_for_release(call, uuid);
    if (const auto locked = lock_qube(call, uuid))
        settle(call, locked->qube);
}

void settle_by_uuid_if_free(Call& call, const Uuid& uuid)
{
    if (const Qube* qube = find(call, uuid))
        settle_if_free(call, *qube);
    else
        forget(uuid);
}

void abort_start(Call& call, const Uuid& uuid)
{
    if (!RunRecord::load(uuid))
        return;
    if (const auto locked = lock_qube(call, uuid)) {
        destroy_leftover(call, locked->qube);
        settle(call, locked->qube);
    }
}

} // namespace qmgmt
