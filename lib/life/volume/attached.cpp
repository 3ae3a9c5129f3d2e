// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/attached.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "device/attached_disk.hpp"
#include "life/power_state.hpp"
#include "state/named_lock.hpp"
#include "storage/export_journal.hpp"
#include "storage/volume_state.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

PowerState state_of(Call& call, const Uuid& uuid)
{
    return call.has_hypervisor() ? call.hypervisor().status(uuid).state : PowerState::halted;
}

// Nobody works on it: its qube does not have the volume, and no Start is about to give it one. A
// call that attaches or detaches holds the lock of the volume, which is the caller's.
bool is_dead(Call& call, const Attachment& one, const HeldQube& held)
{
    if (is_running(state_of(call, one.uuid)))
        return !is_attached(call, one);
    if (one.qube == held.name)
        return true; // of an earlier qube of that name
    const auto lock =
        NamedLock::try_lock(qube_lock(one.qube), LockMode::exclusive, call.request().program);
    return lock && !is_running(state_of(call, one.uuid));
}

} // namespace

bool is_attached(Call& call, const Attachment& one)
{
    const PowerState state = state_of(call, one.uuid);
    if (!is_running(state))
        return false;
    if (state == PowerState::dying)
        return true; // what it had may be open still
    const auto disks = attached_disks(call.hypervisor().live_xml(one.uuid));
    return std::ranges::any_of(disks, [&](const AttachedDisk& disk) {
        return disk.backend.empty() && disk.source == one.path;
    });
}

std::vector<Attachment> attached_to_others(Call& call, PoolTable& pools, const Volume& volume,
                                           const HeldQube& held)
{
    Attachment::clear_up(volume.pool, volume.vid);
    std::vector<Attachment> users;
    for (Attachment& one : Attachment::of_volume(volume.pool, volume.vid)) {
        if (one.uuid == held.uuid)
            continue;
        if (!is_dead(call, one, held)) {
            users.push_back(std::move(one));
            continue;
        }
        log_warning("'" + one.qube + "' does not have the volume '" + one.pool + ":" + one.vid +
                    "', which an attachment that was cut off says");
        end_attachment(pools.pool(one.pool), one);
    }
    return users;
}

void end_attachment(Pool& pool, const Attachment& one)
{
    if (one.rw) {
        pool.stop(one.volume());
        clear_volume_running(one.pool, one.vid);
    } else {
        pool.drop_export(one.volume(), one.key());
    }
    for (const std::string& warning : pool.take_warnings())
        log_warning(warning);
    one.forget();
}

std::vector<std::string> stale_exports(Pool& pool, const Volume& volume)
{
    const auto users = Attachment::of_volume(volume.pool, volume.vid);
    std::vector<std::string> keys = pool.exports(volume);
    std::erase_if(keys, [&](const std::string& key) {
        return std::ranges::find(users, key, &Attachment::key) != users.end() ||
               ExportJournal::holds({volume.pool, volume.vid, key});
    });
    return keys;
}

void drop_stale_exports(Pool& pool, const Volume& volume)
{
    for (const std::string& key : stale_exports(pool, volume))
        pool.drop_export(volume, key);
}

void refuse_attached(Call& call, const Volume& volume, const std::vector<Attachment>& users)
{
    std::string text = "the volume '" + volume.pool + ":" + volume.vid + "' is in use";
    for (const Attachment& one : users)
        if (call.may_see(one.qube))
            throw Error{failure::volume_in_use, text + ": it is attached to '" + one.qube + "'"};
    throw Error{failure::volume_in_use, text};
}

} // namespace qmgmt
