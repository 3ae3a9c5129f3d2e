// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/qube_storage.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "life/property/live.hpp"
#include "storage/ephemeral.hpp"
#include "storage/volume_config.hpp"
#include "storage/volume_lock.hpp"
#include "storage/volume_state.hpp"

#include <algorithm>
#include <set>

namespace qmgmt {

QubeStorage::QubeStorage(Call& call, const Qube& qube)
    : call_{call}, qube_{qube.name()}, store_{call.store()}, pools_{store_}
{
    SystemValues live{call};
    Effective effective{call.store(), live};
    volumes_ = VolumeConfig{call.store(), effective, pools_}.of(qube);
}

void QubeStorage::verify()
{
    for (const Volume& volume : volumes_) {
        refuse_ephemeral(volume, store_);
        if (!volume.vid.empty())
            pools_.pool(volume.pool).verify(volume);
    }
}

std::vector<NamedLock> QubeStorage::lock() const
{
    std::set<std::string> names; // in the one order that all take them in
    for (const Volume& volume : volumes_)
        if (volume.kind() != VolumeKind::fixed)
            names.insert(volume_lock(volume.pool, volume.vid));
    std::vector<NamedLock> locks;
    locks.reserve(names.size());
    for (const std::string& name : names)
        locks.push_back(NamedLock::wait(name, LockMode::exclusive, call_.lock_deadline(),
                                        call_.request().program));
    return locks;
}

void QubeStorage::start(const std::function<void(const std::string& role)>& about_to)
{
    const auto locks = lock();
    for (const Volume& volume : volumes_) {
        if (volume.kind() == VolumeKind::fixed)
            continue;
        Pool& pool = pools_.pool(volume.pool);
        if (!pool.is_started(volume))
            about_to(volume.role);
        pool.start(volume);
        mark_volume_running(volume.pool, volume.vid, qube_);
    }
}

void QubeStorage::abort(const std::vector<std::string>& roles)
{
    all([&](Pool& pool, const Volume& volume) {
        if (std::ranges::find(roles, volume.role) != roles.end())
            pool.abort(volume);
    });
}

void QubeStorage::stop()
{
    all([](Pool& pool, const Volume& volume) {
        pool.stop(volume);
        for (const std::string& warning : pool.take_warnings())
            log_warning(warning);
    });
}

void QubeStorage::all(const std::function<void(Pool& pool, const Volume& volume)>& end)
{
    const auto locks = lock();
    std::exception_ptr first;
    for (const Volume& volume : volumes_) {
        if (volume.kind() == VolumeKind::fixed)
            continue;
        try {
            end(pools_.pool(volume.pool), volume);
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

} // namespace qmgmt
