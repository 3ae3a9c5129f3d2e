// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/qube_storage.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "hypervisor/xml_tree.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/volume/attached.hpp"
#include "life/volume/find_volume.hpp"
#include "storage/ephemeral.hpp"
#include "storage/volume_config.hpp"
#include "storage/volume_lock.hpp"
#include "storage/volume_state.hpp"

#include <algorithm>
#include <set>

namespace qmgmt {
namespace {

// What keeps data and is no system volume.
bool is_additional(const Volume& volume)
{
    return volume.kind() == VolumeKind::origin && !is_system_role(volume.role);
}

} // namespace

QubeStorage::QubeStorage(Call& call, const Qube& qube)
    : call_{call}, qube_{qube.name()}, store_{call.store()}, pools_{store_}
{
    if (const auto uuid = Uuid::parse(qube.property("uuid").value_or("")))
        uuid_ = *uuid; // without one it has never run
    SystemValues live{call};
    Effective effective{call.store(), live};
    volumes_ = VolumeConfig{call.store(), effective, pools_}.of(qube);
}

Attachment QubeStorage::attachment_of(const Volume& volume) const
{
    std::size_t place = xml::fixed_disks; // as the documents count
    for (const Volume& other : volumes_) {
        if (other.role == volume.role)
            break;
        place += is_system_role(other.role) ? 0 : 1;
    }
    return {.qube = qube_,
            .uuid = uuid_,
            .role = volume.role,
            .pool = volume.pool,
            .vid = volume.vid,
            .revisions_to_keep = volume.revisions_to_keep,
            .rw = volume.rw,
            .target = xml::disk_name("xvd", place)};
}

std::optional<Attachment> QubeStorage::attached(const Volume& volume) const
{
    for (Attachment& one : Attachment::of_volume(volume.pool, volume.vid))
        if (one.uuid == uuid_)
            return std::move(one);
    return std::nullopt;
}

void QubeStorage::verify()
{
    for (const Volume& volume : volumes_) {
        refuse_ephemeral(volume, store_);
        if (volume.vid.empty())
            continue;
        pools_.pool(volume.pool).verify(volume);
        std::vector<Attachment> users = Attachment::of_volume(volume.pool, volume.vid);
        std::erase_if(users, [&](const Attachment& one) {
            return one.uuid == uuid_ || !is_attached(call_, one);
        });
        check_free(volume, users);
    }
}

std::vector<NamedLock> QubeStorage::lock() const
{
    std::set<std::string> names; // in the one order that all take them in
    for (const Volume& volume : volumes_)
        if (volume.kind() != VolumeKind::fixed)
            names.insert(volume_lock(volume.pool, volume.vid));
    for (const Attachment& one : Attachment::of_qube(uuid_))
        names.insert(volume_lock(one.pool, one.vid));
    std::vector<NamedLock> locks;
    locks.reserve(names.size());
    for (const std::string& name : names)
        locks.push_back(NamedLock::wait(name, LockMode::exclusive, call_.lock_deadline(),
                                        call_.request().program));
    return locks;
}

// A reader of a committed state is in nobody's way, but of who would have the volume besides its
// own qube.
void QubeStorage::check_free(const Volume& volume, const std::vector<Attachment>& users)
{
    const bool written = std::ranges::any_of(users, &Attachment::rw);
    if (written || (!users.empty() && is_additional(volume) && volume.rw))
        refuse_attached(call_, volume, users);
    if (!is_additional(volume) || !volume.rw)
        return;
    for (const VolumeEntry& entry : entries_of(call_, volume.pool, volume.vid)) {
        const Qube* owner =
            entry.own && entry.owner.qube != qube_ ? call_.store().find(entry.owner.qube) : nullptr;
        if (owner != nullptr && is_running(power_state(call_, *owner)))
            throw Error{failure::volume_in_use,
                        "the volume '" + volume.role + "' of '" + qube_ +
                            "' is in use: the qube that it belongs to runs"};
    }
}

void QubeStorage::start(const std::function<void(const std::string& role)>& about_to)
{
    const auto locks = lock();
    for (const Volume& volume : volumes_) {
        if (volume.kind() == VolumeKind::fixed)
            continue;
        Pool& pool = pools_.pool(volume.pool);
        check_free(volume, attached_to_others(call_, pools_, volume, {qube_, uuid_}));
        if (volume.kind() == VolumeKind::origin)
            drop_stale_exports(pool, volume);
        if (is_additional(volume)) {
            attach(volume, about_to);
            continue;
        }
        if (!pool.is_started(volume))
            about_to(volume.role);
        pool.start(volume);
        mark_volume_running(volume.pool, volume.vid, qube_);
    }
}

// The record first: whoever finds it without a domain ends what it says.
void QubeStorage::attach(const Volume& volume,
                         const std::function<void(const std::string& role)>& about_to)
{
    Pool& pool = pools_.pool(volume.pool);
    Attachment one = attachment_of(volume);
    one.save();
    BlockPath path;
    if (volume.rw) {
        if (!pool.is_started(volume))
            about_to(volume.role);
        pool.start(volume);
        mark_volume_running(volume.pool, volume.vid, qube_);
        path = pool.block_path(volume).value_or(BlockPath{});
    } else {
        path = pool.export_committed(volume, one.key());
    }
    one.path = path.path;
    one.block_device = path.block_device;
    one.save();
}

std::optional<BlockPath> QubeStorage::block_path(const Volume& volume)
{
    Pool& pool = pools_.pool(volume.pool);
    if (is_additional(volume) && !volume.rw)
        return pool.exported(volume, attachment_of(volume).key());
    return pool.block_path(volume);
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

bool QubeStorage::is_anothers(const Volume& volume)
{
    const auto users = Attachment::of_volume(volume.pool, volume.vid);
    if (std::ranges::any_of(users, [&](const Attachment& one) {
            return one.uuid != uuid_ && one.rw && is_attached(call_, one);
        }))
        return true;
    if (!is_additional(volume))
        return false;
    const auto entries = entries_of(call_, volume.pool, volume.vid);
    return std::ranges::any_of(
        entries, [&](const VolumeEntry& entry) { return entry.own && entry.owner.qube != qube_; });
}

bool QubeStorage::is_unsettled()
{
    if (!Attachment::of_qube(uuid_).empty())
        return true;
    return std::ranges::any_of(volumes_, [&](const Volume& volume) {
        if (volume.vid.empty())
            return false;
        Pool& pool = pools_.pool(volume.pool);
        return (pool.is_started(volume) || pool.has_leftovers(volume) ||
                (volume.kind() == VolumeKind::origin && !stale_exports(pool, volume).empty())) &&
               !is_anothers(volume);
    });
}

void QubeStorage::end_volume(const Volume& volume,
                             const std::function<void(Pool& pool, const Volume& volume)>& end)
{
    Pool& pool = pools_.pool(volume.pool);
    const auto own = is_additional(volume) ? attached(volume) : std::nullopt;
    const auto users = attached_to_others(call_, pools_, volume, {qube_, uuid_});
    if (!own && is_anothers(volume))
        return;
    if (own && !own->rw)
        pool.drop_export(volume, own->key());
    if (own ? own->rw : std::ranges::none_of(users, &Attachment::rw)) {
        end(pool, volume);
        clear_volume_running(volume.pool, volume.vid);
    }
    if (own)
        own->forget();
    if (volume.kind() == VolumeKind::origin)
        drop_stale_exports(pool, volume);
}

void QubeStorage::all(const std::function<void(Pool& pool, const Volume& volume)>& end)
{
    const auto locks = lock();
    std::exception_ptr first;
    const auto attempt = [&](const std::string& pool, const std::string& vid, const auto& work) {
        try {
            work();
        } catch (const Error& error) {
            log_warning("cannot stop the volume '" + pool + ":" + vid + "': " + error.text() +
                        " (" + error.detail() + ")");
            if (!first)
                first = std::current_exception();
        }
    };
    for (const Volume& volume : volumes_)
        if (volume.kind() != VolumeKind::fixed)
            attempt(volume.pool, volume.vid, [&] { end_volume(volume, end); });
    for (const Attachment& one : Attachment::of_qube(uuid_)) // besides its entries in the store
        if (std::ranges::none_of(volumes_, [&](const Volume& volume) {
                return is_additional(volume) && volume.pool == one.pool && volume.vid == one.vid;
            }))
            attempt(one.pool, one.vid, [&] { end_attachment(pools_.pool(one.pool), one); });
    if (first)
        std::rethrow_exception(first);
}

} // namespace qmgmt
