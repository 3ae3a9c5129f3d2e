// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/source/chosen.hpp"

#include "backup/fault.hpp"
#include "backup/source/point_in_time.hpp"
#include "base/log.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/settle.hpp"
#include "state/named_lock.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

class Choosing {
public:
    Choosing(Call& call, const Profile& profile) : call_{call}, profile_{profile} {}

    Choice choose()
    {
        settle_all();
        call_.refresh(); // a disposable that was over is gone
        auto selection = select();
        for (std::string& warning : selection.warnings)
            call_.warn(std::move(warning));
        const auto states = PowerStates::of_all(call_);
        PoolTable pools{call_.store()};
        for (SelectedQube& one : selection.qubes)
            consider(std::move(one), states, pools);
        if (choice_.qubes.empty())
            throw BackupError{BackupFault::nothing_selected, "no qube that the profile '" +
                                                                 profile_.id.text() +
                                                                 "' selects is left"};
        return std::move(choice_);
    }

private:
    [[nodiscard]] Selection select()
    {
        SystemValues live{call_};
        return select_qubes(call_.store(), live, profile_);
    }

    // What the last run of a qube has written is committed then.
    void settle_all()
    {
        for (const SelectedQube& one : select().qubes) {
            if (one.qube->class_bit() == class_admin || !has_unsettled_volumes(call_, *one.qube) ||
                is_running(power_state(call_, *one.qube)))
                continue;
            const auto lock = NamedLock::wait(qube_lock(one.qube->name()), LockMode::exclusive,
                                              call_.lock_deadline(), call_.request().program);
            if (settled_state(call_, *one.qube) == PowerState::halted)
                settle_volumes(call_, *one.qube);
        }
    }

    void consider(SelectedQube one, const PowerStates& states, PoolTable& pools)
    {
        const Qube& qube = *one.qube;
        if (qube.class_bit() == class_admin) {
            if (profile_.dom0_home)
                choice_.qubes.push_back({std::move(one), false});
            return;
        }
        auto state = states.of(qube);
        if (state == PowerState::na)
            state = power_state(call_, qube); // says why nobody can tell
        const bool runs = is_running(state);
        if (runs && profile_.running == RunningQube::skip) {
            call_.warn("'" + qube.name() + "' runs and is left out, ignoring");
            return;
        }
        if (runs && profile_.running == RunningQube::fail)
            throw BackupError{BackupFault::volume_busy, "'" + qube.name() + "' runs"};
        const bool live = runs && profile_.running == RunningQube::live_snapshot;
        for (const Volume& volume : volumes_to_keep(call_, qube, pools)) {
            // it runs on what would have to be read
            if (runs && !live && volume.revisions_to_keep < 0)
                throw BackupError{BackupFault::vm_running_no_snapshots,
                                  "'" + qube.name() + "' runs, and its volume '" + volume.role +
                                      "' keeps no snapshots"};
            measure(pools, volume);
        }
        choice_.qubes.push_back({std::move(one), live});
    }

    void measure(PoolTable& pools, const Volume& volume)
    {
        try {
            Pool& pool = pools.pool(volume.pool);
            pool.verify(volume);
            choice_.usage += pool.facts(volume).usage;
        } catch (const Error& error) {
            throw BackupError{BackupFault::read_error, error.text(), error.detail()};
        }
    }

    Call& call_;
    const Profile& profile_;
    Choice choice_;
};

} // namespace

Choice choose_qubes(Call& call, const Profile& profile)
{
    return Choosing{call, profile}.choose();
}

} // namespace qmgmt
