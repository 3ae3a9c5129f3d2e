// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/settle.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "call/edit.hpp"
#include "life/power_state.hpp"
#include "life/property_live.hpp"
#include "life/run_record.hpp"
#include "storage/volume_config.hpp"
#include "storage/volume_state.hpp"

#include <algorithm>
#include <csignal>

namespace qmgmt {
namespace {

bool process_lives(int pid)
{
    return pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM);
}

// What a Start left that did not live to resume its domain. True when the domain is gone now.
bool destroy_orphan(Call& call, const Qube& qube, const RunRecord& record,
                    const DomainStatus& status)
{
    if (record.phase == RunRecord::Phase::running || process_lives(record.starter) ||
        status.state != PowerState::paused)
        return false;
    log_warning("destroying '" + qube.name() + "', which a start that was cut off left paused");
    call.hypervisor().destroy(uuid_of(qube));
    return true;
}

} // namespace

std::vector<Volume> volumes_of(Call& call, const Qube& qube)
{
    SystemValues live{call};
    Effective effective{call.store(), live};
    PoolTable pools{call.store()};
    return VolumeConfig{call.store(), effective, pools}.of(qube);
}

void stop_volumes(const Store& store, const std::vector<Volume>& volumes)
{
    PoolTable pools{store};
    std::exception_ptr first;
    for (const Volume& volume : volumes) {
        if (volume.kind() == VolumeKind::fixed)
            continue;
        try {
            pools.pool(volume.pool).stop(volume);
            for (const std::string& warning : pools.pool(volume.pool).take_warnings())
                log_warning(warning);
            clear_volume_running(volume.pool, volume.vid);
        } catch (const Error& error) {
            log_warning("cannot stop the volume '" + volume.pool + ":" + volume.vid +
                        "': " + error.text() + " (" + error.detail() + ")");
            if (!first)
                first = std::current_exception();
        }
    }
    if (first)
        std::rethrow_exception(first);
}

void settle(Call& call, const Qube& qube)
{
    const Uuid uuid = uuid_of(qube);
    auto record = RunRecord::load(uuid);
    if (!record)
        return;
    const DomainStatus status = domain_status(call, qube);
    const bool same_run = record->boot_id == RunRecord::present_boot() &&
                          (record->id == -1 || record->id == status.id);
    if (status.state != PowerState::halted && same_run &&
        !destroy_orphan(call, qube, *record, status)) {
        if (record->phase != RunRecord::Phase::running && !process_lives(record->starter)) {
            record->phase =
                RunRecord::Phase::running; // it was resumed, its Start did not live to say so
            record->id = status.id;
            record->save(uuid);
        }
        return;
    }
    if (status.state != PowerState::halted && !same_run)
        return; // somebody started it anew, without us: its volumes are in use
    const auto volumes = volumes_of(call, qube);
    if (record->phase == RunRecord::Phase::prepared) {
        // The domain never ran: nothing is committed that was not there before.
        PoolTable pools{call.store()};
        for (const Volume& volume : volumes) {
            const bool built =
                std::ranges::find(record->volumes, volume.role) != record->volumes.end();
            if (built && volume.kind() != VolumeKind::fixed)
                pools.pool(volume.pool).abort(volume);
            clear_volume_running(volume.pool, volume.vid);
        }
    } else {
        stop_volumes(call.store(), volumes);
        Event event{qube.name(), "domain-shutdown", {}, qube.klass(), qube.tags()};
        journal({event});
    }
    RunRecord::remove(uuid);
}

} // namespace qmgmt
