// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/plug.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/wait.hpp"
#include "device/attached_disk.hpp"
#include "device/disk_name.hpp"
#include "life/power_state.hpp"
#include "life/volume/attached.hpp"
#include "storage/volume_state.hpp"

#include <set>

namespace qmgmt {
namespace {

constexpr std::chrono::seconds guest_patience{10};
constexpr std::chrono::milliseconds poll{200};

std::string choose_target(Call& call, const Uuid& uuid, const std::string& wanted)
{
    std::set<std::string> used;
    for (const AttachedDisk& disk : attached_disks(call.hypervisor().live_xml(uuid)))
        used.insert(disk.target);
    if (!wanted.empty()) {
        if (used.contains(wanted))
            throw Error{failure::volume_in_use, "the qube has a disk of that name"};
        return wanted;
    }
    if (auto free = free_disk_name(used, false))
        return *std::move(free);
    throw Error{{Failure::resources, "QubesException"}, "the qube has no name left for a disk"};
}

BlockPlan disk_of(const Attachment& one)
{
    BlockPlan plan;
    plan.path = one.path;
    plan.target = one.target;
    plan.writable = one.rw;
    plan.image = !one.block_device;
    return plan;
}

// Nothing was written: the disk was never there.
void take_back(Pool& pool, const Attachment& one, bool built)
{
    if (one.rw) {
        if (built)
            pool.abort(one.volume());
        clear_volume_running(one.pool, one.vid);
    } else {
        pool.drop_export(one.volume(), one.key());
    }
    one.forget();
}

} // namespace

Attachment plug_volume(Call& call, Pool& pool, const Volume& volume, const std::string& role,
                       const std::string& target)
{
    const Qube& qube = call.destination();
    Attachment one{.qube = qube.name(),
                   .uuid = uuid_of(qube),
                   .role = role,
                   .pool = volume.pool,
                   .vid = volume.vid,
                   .revisions_to_keep = volume.revisions_to_keep,
                   .rw = volume.rw};
    one.target = choose_target(call, one.uuid, target);
    one.save(); // before anything is there that it would have to tell of
    bool built = false;
    try {
        BlockPath path;
        drop_stale_exports(pool, one.volume());
        if (one.rw) {
            built = pool.start(one.volume());
            mark_volume_running(one.pool, one.vid, one.qube);
            path = pool.block_path(one.volume()).value();
        } else {
            path = pool.export_committed(one.volume(), one.key());
        }
        one.path = path.path;
        one.block_device = path.block_device;
        one.save();
        call.hypervisor().attach_disk(one.uuid, disk_of(one), call.lock_deadline());
    } catch (const Error& error) {
        if (!one.path.empty() && is_attached(call, one)) {
            log_warning("'" + one.qube + "' has the volume '" + one.pool + ":" + one.vid +
                        "' although the hypervisor said: " + error.text() + ", ignoring");
            return one;
        }
        take_back(pool, one, built);
        throw;
    }
    return one;
}

void unplug_volume(Call& call, const Attachment& one)
{
    const Deadline deadline = call.deadline(guest_patience);
    // which disk it is, is told by its name and source
    const auto disks = attached_disks(call.hypervisor().live_xml(one.uuid));
    BlockPlan plan = disk_of(one);
    for (const AttachedDisk& disk : disks)
        if (disk.backend.empty() && disk.source == one.path)
            plan.target = disk.target;
    try {
        call.hypervisor().detach_disk(one.uuid, plan, call.lock_deadline());
    } catch (const Error& error) {
        if (error.kind() != Failure::timeout)
            throw;
        while (is_attached(call, one)) { // it may still be about to
            if (deadline.passed())
                throw;
            wait(poll);
        }
    }
}

} // namespace qmgmt
