// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/restored_qube.hpp"

#include "backup/fault.hpp"
#include "backup/restore/plan/plan_settings.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "call/reconcile.hpp"
#include "firewall/firewall_xml.hpp"
#include "firewall/rule_file.hpp"
#include "life/property/live.hpp"
#include "qube/numbers.hpp"
#include "storage/volume_config.hpp"
#include "storage/volume_lock.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

Volume& volume_of(std::vector<Volume>& volumes, std::string_view role)
{
    return *std::ranges::find(volumes, role, &Volume::role);
}

bool is_there_once(const std::vector<Volume>& volumes, std::string_view role)
{
    return std::ranges::find(volumes, role, &Volume::role) != volumes.end();
}

} // namespace

RestoredQube::RestoredQube(Call& call, PlannedQube planned)
    : call_{call}, directory_{planned.name, planned.klass}
{
    qube_.uuid = Uuid::random();
    qube_.creator = call.source();
    adopt(std::move(planned));
}

void RestoredQube::adopt(PlannedQube planned)
{
    planned_ = std::move(planned);
    qube_.name = planned_.name;
    qube_.klass = planned_.klass;
    qube_.label = planned_.label;
    qube_.base = planned_.base;
    qube_.belongings = planned_.belongings;
    for (const Feature& feature : features_)
        qube_.belongings->features.push_back(feature);
}

std::vector<Volume> RestoredQube::volumes_in(const Store& store, PoolTable& pools,
                                             const std::optional<std::string>& pool)
{
    SystemValues live{call_};
    Effective effective{store, live};
    const VolumeWishes wishes{qube_.name,
                              qube_.klass,
                              qube_.base.empty() ? nullptr : store.find(qube_.base),
                              kernel_of(qube_, store, effective),
                              pool,
                              {}};
    std::vector<Volume> volumes = VolumeConfig{store, effective, pools}.for_new(wishes);
    for (const ArchivedVolume& archived : archived().volumes) {
        if (!archived.save_on_stop || archived.snap_on_start)
            continue;
        if (!is_there_once(volumes, archived.role)) {
            Volume& extra = volumes.emplace_back(volume_of(volumes, "private"));
            extra.role = archived.role;
            extra.pool = pool.value_or(effective.global_text("default_pool"));
            extra.vid = pools.pool(extra.pool)
                            .new_vid(class_directory(qube_.klass), qube_.name, archived.role);
            extra.source.reset();
            extra.snap_on_start = false;
            extra.save_on_stop = true;
            extra.rw = true;
        }
        if (archived.size != 0)
            volume_of(volumes, archived.role).size = archived.size;
    }
    return volumes;
}

void RestoredQube::plan_volumes(const Store& store, PoolTable& pools,
                                const std::optional<std::string>& pool)
{
    qube_.volumes = volumes_in(store, pools, pool);
    intent_.qube = qube_.name;
    intent_.uuid = qube_.uuid.text();
    intent_.call = call_.request().program;
    intent_.directory = directory_.to_take_back();
    intent_.files = {rule_file_in(directory_.below_store())};
    intent_.volumes.clear();
    std::ranges::copy_if(qube_.volumes, std::back_inserter(intent_.volumes),
                         [](const Volume& one) { return one.kind() != VolumeKind::fixed; });
}

std::string RestoredQube::element(const Store& store, unsigned qid)
{
    if (qube_.klass == class_disp && (!qube_.dispid || has_dispid(store, *qube_.dispid)))
        qube_.dispid = free_dispid(store);
    SystemValues live{call_};
    Effective effective{store, live};
    return element_of(qube_, qid, store, effective);
}

void RestoredQube::announce()
{
    announced_ = true;
    intent_.write();
}

void RestoredQube::make_directory()
{
    directory_.make();
    made_.directory = intent_.directory;
}

const Volume& RestoredQube::begin_volume(std::string_view role)
{
    const auto found = std::ranges::find(qube_.volumes, role, &Volume::role);
    if (found == qube_.volumes.end() || found->kind() != VolumeKind::origin)
        throw BackupError{BackupFault::metadata_invalid, "the backup has an image of '" +
                                                             archived().name +
                                                             "' that is of none of its volumes"};
    made_.volumes.push_back(*found);
    return *found;
}

void RestoredQube::end_volume(std::string_view role, std::uint64_t size)
{
    volume_of(qube_.volumes, role).size = size;
    received_.emplace(role);
}

void RestoredQube::write_firewall(const RuleList& rules)
{
    made_.files = intent_.files;
    write_new_rule_file(directory_.path(), firewall_xml(rules));
    has_firewall_ = true;
}

void RestoredQube::add_feature(Feature feature)
{
    qube_.belongings->features.push_back(feature);
    features_.push_back(std::move(feature));
}

void RestoredQube::note(std::string text)
{
    add_note(planned_, std::move(text));
}

void RestoredQube::make_rest(PoolTable& pools)
{
    for (const Volume& volume : qube_.volumes) {
        if (volume.kind() == VolumeKind::fixed || received_.contains(volume.role))
            continue;
        made_.volumes.push_back(volume);
        pools.pool(volume.pool).create(volume);
    }
}

void RestoredQube::follow(PlannedQube planned, const Store& store, PoolTable& pools,
                          const std::optional<std::string>& pool)
{
    const bool same = planned.is_restored() && planned.name == planned_.name &&
                      planned.klass == planned_.klass && planned.base == planned_.base;
    auto notes = std::move(planned_.notes);
    if (same)
        adopt(std::move(planned));
    auto volumes = same ? volumes_in(store, pools, pool) : std::vector<Volume>{};
    const auto stands = [](const Volume& now, const Volume& made) {
        return now.role == made.role && now.pool == made.pool && now.vid == made.vid &&
               now.kind() == made.kind() && now.source == made.source;
    };
    if (!same || !std::ranges::equal(volumes, qube_.volumes, stands))
        throw Error{failure::busy, "cannot restore '" + planned_.from->name +
                                       "': what it is based on has changed"};
    for (Volume& volume : volumes)
        if (received_.contains(volume.role))
            volume.size = volume_of(qube_.volumes, volume.role).size;
    qube_.volumes = std::move(volumes);
    for (std::string& note : notes)
        add_note(planned_, std::move(note));
}

void RestoredQube::take_back() noexcept
{
    if (!announced_)
        return;
    try {
        const Store store = Store::open(configured_dialect());
        if (store.find_any(qube_.name) == nullptr)
            take_from_disk(store, made_);
        Intent::drop(qube_.name);
    } catch (const std::exception& error) {
        log_warning("cannot take back all of the restore of '" + qube_.name +
                    "' yet: " + error.what() + ", ignoring");
    }
}

void RestoredQube::settle()
{
    Intent::drop(qube_.name);
}

} // namespace qmgmt
