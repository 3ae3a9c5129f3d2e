// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/lvm/thin_pool.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "storage/lvm/device.hpp"
#include "storage/lvm/thin_import.hpp"
#include "storage/pool_options.hpp"
#include "storage/volume_state.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace qmgmt {

using lvm::ThinVolume;
using lvm::VolumeName;

namespace {

constexpr std::uint64_t largest = std::uint64_t{1} << 48; // 256 TiB: what a thin volume can have

std::string cannot(std::string_view verb, const Volume& volume)
{
    return "cannot " + std::string{verb} + " '" + volume.pool + ":" + volume.vid + "'";
}

void refuse_illegal_kind(const Volume& volume, const std::string& purpose)
{
    if (volume.snap_on_start && volume.save_on_stop)
        throw Error{failure::unsupported,
                    purpose + ": a volume with a source cannot keep its changes"};
}

VolumeName parse_vid(const Volume& volume, const std::string& purpose)
{
    if (auto names = VolumeName::parse(volume.vid))
        return *std::move(names);
    throw Error{failure::storage, purpose + ": its vid does not fit this kind of pool"};
}

bool runs_on_committed(const Volume& volume)
{
    return volume.kind() == VolumeKind::origin && volume.revisions_to_keep < 0;
}

bool has_running_copy(const Volume& volume)
{
    return volume.kind() == VolumeKind::origin || volume.kind() == VolumeKind::snapshot;
}

// What a run has of its own.
std::string run_name(const Volume& volume, const VolumeName& names)
{
    return has_running_copy(volume) ? names.running() : names.main();
}

VolumeFacts facts_of(const lvm::LogicalVolume& found)
{
    return {.size = found.size,
            .usage = lvm::share(found.size, found.data_used.value_or(0)),
            .writable = found.is_writable(),
            .outdated = false};
}

} // namespace

std::uint64_t ThinPool::wall_clock()
{
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(now).count()));
}

ThinPool::ThinPool(const PoolConfig& config, Clock clock)
    : name_{config.name}, group_{config.name, lvm_name(config, "volume_group"),
                                 lvm_name(config, "thin_pool")},
      revisions_to_keep_{revisions_to_keep(config)}, clock_{std::move(clock)}
{
}

ThinVolume ThinPool::volume_of(const std::string& vid, const std::string& purpose)
{
    return ThinVolume{group_, name_, vid, purpose};
}

ThinVolume ThinPool::source_of(const Volume& volume, const std::string& purpose)
{
    if (!volume.source)
        throw Error{failure::storage, purpose + ": it has no source"};
    if (*volume.source == volume.vid)
        throw Error{failure::storage, purpose + ": it is its own source"};
    auto source = volume_of(*volume.source, purpose);
    if (!source.committed())
        source.refuse("its source '" + *volume.source + "' has no image");
    if (!source.is_dirty() && volume_running_in(name_, *volume.source))
        source.refuse("its source runs with snapshots disabled");
    return source;
}

std::string ThinPool::new_vid(std::string_view, std::string_view qube, std::string_view role) const
{
    std::string vid = group_.group();
    vid.append("/vm-").append(qube).append("-").append(role);
    return vid;
}

void ThinPool::create(const Volume& volume)
{
    const auto purpose = cannot("create", volume);
    refuse_illegal_kind(volume, purpose);
    if (const auto reason = parse_vid(volume, purpose).why_unusable(); !reason.empty())
        throw Error{failure::bad_value, purpose + ": " + reason};
    const auto own = volume_of(volume.vid, purpose);
    own.remove_all();
    if (volume.kind() != VolumeKind::origin)
        return;
    group_.ensure_room(purpose);
    group_.create(purpose, own.names().main(), volume.size);
}

void ThinPool::remove(const Volume& volume)
{
    volume_of(volume.vid, cannot("remove", volume)).remove_all();
}

void ThinPool::verify(const Volume& volume)
{
    const auto purpose = cannot("use", volume);
    refuse_illegal_kind(volume, purpose);
    static_cast<void>(parse_vid(volume, purpose));
    if (volume.kind() == VolumeKind::snapshot)
        static_cast<void>(source_of(volume, purpose));
    if (volume.kind() != VolumeKind::origin)
        return;
    const auto own = volume_of(volume.vid, purpose);
    if (!own.is_dirty())
        static_cast<void>(own.committed_or_refuse());
}

bool ThinPool::start(const Volume& volume)
{
    const auto purpose = cannot("start", volume);
    refuse_illegal_kind(volume, purpose);
    const auto own = volume_of(volume.vid, purpose);
    own.remove_import();
    switch (volume.kind()) {
    case VolumeKind::origin: return own.start(volume.revisions_to_keep);
    case VolumeKind::snapshot: own.start_from(source_of(volume, purpose)); return true;
    case VolumeKind::scratch:
    case VolumeKind::fixed: break;
    }
    own.remove_part(own.names().main());
    group_.ensure_room(purpose);
    group_.create(purpose, own.names().main(), volume.size);
    return true;
}

void ThinPool::stop(const Volume& volume)
{
    const auto own = volume_of(volume.vid, cannot("stop", volume));
    own.remove_import();
    if (volume.kind() != VolumeKind::origin)
        return own.remove_part(run_name(volume, own.names()));
    if (!own.is_dirty())
        return;
    own.exchange(own.names().running(), clock_());
    prune_or_warn(own, volume.revisions_to_keep);
}

void ThinPool::prune_or_warn(const ThinVolume& own, int keep)
{
    try {
        own.prune(keep);
    } catch (const Error& error) {
        log_warning(error.text() + " (" + error.detail() + "), ignoring");
        warn(own.purpose() + ": a superfluous revision could not be removed, ignoring");
    }
}

void ThinPool::abort(const Volume& volume)
{
    const auto own = volume_of(volume.vid, cannot("take back the start of", volume));
    own.remove_import();
    // of an origin it may be the only state there is
    if (volume.kind() != VolumeKind::origin || own.committed())
        own.remove_part(run_name(volume, own.names()));
}

std::string ThinPool::started_name(const Volume& volume, const VolumeName& names) const
{
    const auto name = run_name(volume, names);
    return runs_on_committed(volume) && !group_.has(name) ? names.main() : name;
}

bool ThinPool::is_started(const Volume& volume)
{
    const auto purpose = cannot("examine", volume);
    const auto names = parse_vid(volume, purpose);
    const auto name = run_name(volume, names);
    if (lvm::is_block_device(lvm::device_path(names.group(), name)))
        return true;
    if (volume_of(volume.vid, purpose).group().has(name))
        return true;
    // nothing of lvm's tells it: the mark does
    return runs_on_committed(volume) && volume_running_in(name_, volume.vid);
}

std::optional<BlockPath> ThinPool::block_path(const Volume& volume)
{
    const auto own = volume_of(volume.vid, cannot("offer", volume));
    const auto name = started_name(volume, own.names());
    if (!group_.has(name))
        own.refuse("it is not started");
    const auto path = lvm::device_path(group_.group(), name);
    if (!lvm::is_block_device(path))
        own.refuse("its device is not there");
    return BlockPath{.path = path, .block_device = true};
}

VolumeFacts ThinPool::facts(const Volume& volume)
{
    const auto purpose = cannot("examine", volume);
    const auto own = volume_of(volume.vid, purpose);
    const auto* running = group_.find(own.names().running());
    const auto state = own.committed();
    if (!volume.source) {
        if (running != nullptr)
            return facts_of(*running);
        return state ? facts_of(*group_.find(*state))
                     : VolumeFacts{.size = volume.size, .outdated = false};
    }
    const auto origin = volume_of(*volume.source, purpose).committed();
    if (running == nullptr)
        return {.size = origin ? group_.find(*origin)->size : volume.size, .outdated = false};
    auto found = facts_of(*running);
    // a commit gives the former state another name, and lvm tells the one it has now
    found.outdated = origin && running->origin != *origin;
    return found;
}

std::string ThinPool::path(const Volume& volume)
{
    const auto names = parse_vid(volume, cannot("examine", volume));
    return lvm::device_path(names.group(), started_name(volume, names));
}

std::vector<std::string> ThinPool::revisions(const Volume& volume)
{
    return volume_of(volume.vid, cannot("examine", volume)).revisions();
}

std::string ThinPool::snapshot(const Volume& volume)
{
    const auto own = volume_of(volume.vid, cannot("snapshot", volume));
    own.remove_import();
    const auto state = own.committed_or_refuse();
    group_.ensure_room(own.purpose());
    // an interrupted commit: what is to be the newest revision now must not be taken for its state
    if (state != own.names().main())
        group_.rename(own.purpose(), state, own.names().main());
    auto id = own.next_revision(clock_());
    group_.clone(own.purpose(), own.is_dirty() ? own.names().running() : own.names().main(),
                 own.names().revision(id));
    return id;
}

void ThinPool::revert(const Volume& volume, const std::string& revision)
{
    const auto own = volume_of(volume.vid, cannot("revert", volume));
    if (own.is_dirty())
        own.refuse("it is started");
    const auto ids = own.revisions();
    if (std::ranges::find(ids, revision) == ids.end())
        throw Error{failure::revision_not_found, "no such snapshot"};
    own.remove_import();
    group_.ensure_room(own.purpose());
    group_.clone(own.purpose(), own.names().revision(revision), own.names().imported());
    own.exchange(own.names().imported(), clock_());
    if (volume.revisions_to_keep > 0)
        return;
    const auto now = own.revisions(); // the newest of them is the former state
    if (now.size() > ids.size())
        group_.remove(own.purpose(), {own.names().revision(now.back())});
}

std::uint64_t ThinPool::resize(const Volume& volume, std::uint64_t size)
{
    const auto own = volume_of(volume.vid, cannot("resize", volume));
    if (size > largest)
        own.refuse("a volume has at most " + std::to_string(largest) + " bytes");
    const auto state = own.committed();
    if (!own.is_dirty() && (!state || volume.kind() == VolumeKind::snapshot))
        own.refuse("it has no image");
    const auto grow = [&](const std::string& name) {
        if (group_.find(name)->size < size) {
            group_.ensure_room(own.purpose());
            group_.extend(own.purpose(), name, size);
        }
        return group_.find(name)->size;
    };
    if (!own.is_dirty())
        return grow(*state);
    const auto now = grow(own.names().running());
    if (volume.kind() == VolumeKind::origin && state)
        grow(*state); // so that it stays, should the running state never be committed
    return now;
}

std::unique_ptr<Import> ThinPool::begin_import(const Volume& volume, std::uint64_t size)
{
    const auto purpose = cannot("import", volume);
    auto own = volume_of(volume.vid, purpose);
    if (own.is_dirty())
        own.refuse("it is started");
    if (size > largest)
        own.refuse("a volume has at most " + std::to_string(largest) + " bytes");
    const auto told = [this, purpose](const std::string& warning) {
        warn(purpose + ": " + warning + ", ignoring");
    };
    return std::make_unique<lvm::ThinImport>(std::move(own), size, volume.revisions_to_keep, clock_,
                                             told);
}

Fd ThinPool::open_committed(const Volume& volume)
{
    const auto own = volume_of(volume.vid, cannot("read", volume));
    refuse_running_on_committed(volume, own);
    return own.open_committed();
}

void ThinPool::refuse_running_on_committed(const Volume& volume, const ThinVolume& own) const
{
    if (runs_on_committed(volume) && !own.is_dirty() && volume_running_in(name_, volume.vid))
        own.refuse("it runs with snapshots disabled");
}

BlockPath ThinPool::export_committed(const Volume& volume, const std::string& key)
{
    const auto own = volume_of(volume.vid, cannot("attach", volume));
    refuse_running_on_committed(volume, own);
    own.remove_part(own.names().exported(key));
    own.clone_committed(own.names().exported(key));
    return exported(volume, key);
}

BlockPath ThinPool::export_live(const Volume& volume, const std::string& key)
{
    const auto own = volume_of(volume.vid, cannot("read", volume));
    own.remove_part(own.names().exported(key));
    if (own.is_dirty()) {
        group_.ensure_room(own.purpose());
        group_.clone(own.purpose(), own.names().running(), own.names().exported(key));
    } else {
        own.clone_committed(own.names().exported(key)); // what runs without a copy runs on it
    }
    return exported(volume, key);
}

BlockPath ThinPool::exported(const Volume& volume, const std::string& key)
{
    const auto own = volume_of(volume.vid, cannot("attach", volume));
    const auto path = lvm::device_path(group_.group(), own.names().exported(key));
    if (!lvm::is_block_device(path))
        own.refuse("its device is not there");
    return BlockPath{.path = path, .block_device = true};
}

void ThinPool::drop_export(const Volume& volume, const std::string& key)
{
    const auto own = volume_of(volume.vid, cannot("detach", volume));
    own.remove_part(own.names().exported(key));
}

std::vector<std::string> ThinPool::exports(const Volume& volume)
{
    return volume_of(volume.vid, cannot("examine", volume)).exported_keys();
}

bool ThinPool::is_used_by_host(const Volume& volume)
{
    const auto own = volume_of(volume.vid, cannot("examine", volume));
    const auto path = lvm::device_path(group_.group(), own.committed_or_refuse());
    if (!lvm::is_block_device(path))
        return false; // not even active
    const Fd claimed = open_block_device(path, DeviceAccess::claim);
    if (!claimed && errno != EBUSY)
        throw_errno(failure::storage, own.purpose() + ": nobody can tell who uses its device",
                    path);
    return !claimed;
}

bool ThinPool::share_committed(const Volume& volume, const Volume& source)
{
    const auto purpose = cannot("import", volume);
    const auto own = volume_of(volume.vid, purpose);
    if (own.is_dirty())
        own.refuse("it is started");
    own.remove_import();
    const auto original = volume_of(source.vid, purpose);
    if (runs_on_committed(source) && !original.is_dirty() && volume_running_in(name_, source.vid))
        own.refuse("its source runs with snapshots disabled");
    original.clone_committed(own.names().imported());
    own.exchange(own.names().imported(), clock_());
    prune_or_warn(own, volume.revisions_to_keep);
    return true;
}

void ThinPool::check_room()
{
    const auto purpose = "cannot use pool '" + name_ + "'";
    group_.look_at_pool(purpose);
    group_.ensure_room(purpose);
}

std::optional<PoolUsage> ThinPool::usage()
{
    try {
        group_.look("cannot examine pool '" + name_ + "'");
    } catch (const Error& error) {
        log_warning(error.text() + " (" + error.detail() + "), ignoring");
    }
    const lvm::LogicalVolume* pool = group_.thin_pool();
    if (pool == nullptr || !pool->data_used)
        return std::nullopt;
    return PoolUsage{.size = pool->size,
                     .usage = lvm::share(pool->size, *pool->data_used),
                     .metadata_size = pool->metadata_size,
                     .metadata_usage =
                         lvm::share(pool->metadata_size, pool->metadata_used.value_or(0))};
}

std::vector<std::string> ThinPool::list()
{
    group_.look("cannot list pool '" + name_ + "'");
    std::vector<std::string> vids;
    for (const auto& [name, volume] : group_.volumes())
        if (!lvm::is_part(name))
            vids.push_back(group_.group() + "/" + name);
    return vids;
}

std::vector<std::string> ThinPool::set_up(bool)
{
    const auto purpose = "cannot set up pool '" + name_ + "'";
    group_.look_again(purpose);
    if (group_.thin_pool() == nullptr)
        throw Error{failure::storage, purpose + ": its thin pool is not there",
                    group_.thin_pool_name()};
    return {};
}

void ThinPool::take_back(const std::vector<std::string>&) {}

} // namespace qmgmt
