// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/zfs/zfs_pool.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "names/number.hpp"
#include "storage/directory/place.hpp"
#include "storage/pool_options.hpp"
#include "storage/purpose.hpp"
#include "storage/volume_lock.hpp"
#include "storage/zfs/container.hpp"
#include "storage/zfs/device.hpp"
#include "storage/zfs/zfs_import.hpp"

#include <algorithm>

namespace qmgmt {

using namespace std::chrono_literals;

std::string zfs_container(const PoolConfig& config)
{
    const auto option = config.options.find("container");
    if (option == config.options.end())
        throw Error{failure::storage,
                    "cannot use pool '" + config.name + "': it has no 'container'"};
    if (!is_container(option->second))
        throw Error{failure::storage, "cannot use pool '" + config.name +
                                          "': its 'container' is not the name of a dataset"};
    return option->second;
}

namespace {

bool snap_on_start_forensics(const PoolConfig& config)
{
    const auto option = config.options.find("snap_on_start_forensics");
    if (option == config.options.end())
        return false;
    if (const auto value = parse_boolean(option->second))
        return *value;
    throw Error{failure::storage, "cannot use pool '" + config.name +
                                      "': its 'snap_on_start_forensics' is neither True nor False"};
}

void refuse_illegal_kind(const Volume& volume, const std::string& purpose)
{
    if (volume.snap_on_start && volume.save_on_stop)
        throw Error{failure::unsupported,
                    purpose + ": a volume with a source cannot keep its changes"};
}

bool is_running(const ZfsVolume& volume)
{
    const auto* const head = volume.head();
    return head != nullptr && head->dirty;
}

} // namespace

ZfsPool::ZfsPool(const PoolConfig& config)
    : name_{config.name}, container_{zfs_container(config)},
      revisions_to_keep_{revisions_to_keep(config)}, keeps_snapshots_{
                                                         snap_on_start_forensics(config)}
{
}

ZfsPool::~ZfsPool()
{
    for (const auto& name : exports_) {
        try {
            tree_.try_destroy(name);
        } catch (const Error& error) {
            log_warning(error.text() + " (" + error.detail() + "), ignoring");
        }
    }
}

ZfsNames ZfsPool::names_of(const std::string& vid, const std::string& purpose) const
{
    if (auto names = ZfsNames::parse(container_, vid))
        return *std::move(names);
    throw Error{failure::storage, purpose + ": its vid does not fit this pool"};
}

ZfsVolume ZfsPool::open(const Volume& volume, const std::string& purpose)
{
    return {tree_, names_of(volume.vid, purpose), purpose};
}

ZfsVolume ZfsPool::find_source(const Volume& volume, const std::string& purpose)
{
    if (!volume.source)
        throw Error{failure::storage, purpose + ": it has no source"};
    if (*volume.source == volume.vid)
        throw Error{failure::storage, purpose + ": it is its own source"};
    ZfsVolume source{tree_, names_of(*volume.source, purpose), purpose};
    if (source.head() == nullptr)
        source.refuse("its source '" + *volume.source + "' has no image");
    if (source.head()->dirty && source.mark() == nullptr)
        source.refuse("its source runs with snapshots disabled");
    return source;
}

NamedLock ZfsPool::lock(const std::string& vid, LockMode mode) const
{
    return NamedLock::wait(commit_lock(name_, vid), mode, Deadline::in(30s), "a change of storage");
}

void ZfsPool::warn_all(std::vector<std::string> warnings)
{
    for (std::string& warning : warnings)
        warn(std::move(warning) + ", ignoring");
}

std::string ZfsPool::new_vid(std::string_view, std::string_view qube, std::string_view role) const
{
    return std::string{container_}.append("/").append(qube).append("/").append(role);
}

void ZfsPool::create(const Volume& volume)
{
    const auto purpose = cannot("create", volume);
    refuse_illegal_kind(volume, purpose);
    auto found = open(volume, purpose);
    const auto held = lock(volume.vid, LockMode::exclusive);
    found.remove();
    if (volume.kind() == VolumeKind::origin)
        tree_.create(found.names().volume(), volume.size, {}, purpose);
}

void ZfsPool::remove(const Volume& volume)
{
    auto found = open(volume, cannot("remove", volume));
    const auto held = lock(volume.vid, LockMode::exclusive);
    found.remove();
}

void ZfsPool::verify(const Volume& volume)
{
    const auto purpose = cannot("use", volume);
    refuse_illegal_kind(volume, purpose);
    const auto found = open(volume, purpose);
    if (volume.kind() == VolumeKind::snapshot)
        static_cast<void>(find_source(volume, purpose));
    if (volume.kind() == VolumeKind::origin && !found.has_image())
        found.refuse("it has no image");
}

bool ZfsPool::start(const Volume& volume)
{
    const auto purpose = cannot("start", volume);
    refuse_illegal_kind(volume, purpose);
    auto found = open(volume, purpose);
    const auto name = found.names().volume();
    bool built = true;
    if (volume.kind() == VolumeKind::origin) {
        const auto held = lock(volume.vid, LockMode::exclusive);
        found.repair();
        built = !found.require_head().dirty;
        if (built)
            found.begin(volume.revisions_to_keep);
        if (volume.revisions_to_keep < 0)
            warn_all(found.prune(0)); // nothing but the head is kept
    } else if (volume.kind() == VolumeKind::snapshot) {
        found.destroy(name); // never continued: a start promises a fresh copy
        auto source = find_source(volume, purpose);
        const auto held = lock(*volume.source, LockMode::shared);
        tree_.clone(source.committed(), name, zfs_while_running(), purpose);
    } else if (volume.kind() == VolumeKind::scratch) {
        found.destroy(name);
        tree_.create(name, volume.size, zfs_while_running(), purpose);
    } else {
        return false; // never touched
    }
    await_zvol(name, purpose);
    return built;
}

void ZfsPool::stop(const Volume& volume)
{
    auto found = open(volume, cannot("stop", volume));
    if (volume.kind() != VolumeKind::origin)
        return discard(volume, found);
    const auto held = lock(volume.vid, LockMode::exclusive);
    found.repair();
    if (is_running(found))
        warn_all(found.commit(volume.revisions_to_keep));
}

void ZfsPool::abort(const Volume& volume)
{
    auto found = open(volume, cannot("take back the start of", volume));
    if (volume.kind() != VolumeKind::origin)
        return discard(volume, found);
    if (is_running(found)) // the domain never ran: the head is what it was
        tree_.set_dirty(found.names().volume(), false, found.purpose());
}

void ZfsPool::discard(const Volume& volume, ZfsVolume& found)
{
    if (volume.kind() == VolumeKind::fixed)
        return;
    const auto name = found.names().volume();
    if (!keeps_snapshots_ || volume.kind() != VolumeKind::snapshot)
        found.destroy(name);
    else if (is_running(found))
        tree_.set_dirty(name, false, found.purpose());
}

bool ZfsPool::is_started(const Volume& volume)
{
    return is_running(open(volume, cannot("examine", volume)));
}

std::optional<BlockPath> ZfsPool::block_path(const Volume& volume)
{
    const auto purpose = cannot("offer", volume);
    const auto found = open(volume, purpose);
    if (!is_running(found))
        found.refuse("it is not started");
    await_zvol(found.names().volume(), purpose);
    return BlockPath{.path = zvol_path(found.names().volume()), .block_device = true};
}

VolumeFacts ZfsPool::facts(const Volume& volume)
{
    const auto purpose = cannot("examine", volume);
    const auto found = open(volume, purpose);
    VolumeFacts facts{.size = volume.size, .outdated = false};
    const auto* const head = found.head();
    if (head != nullptr) {
        facts.size = head->size;
        facts.usage = head->usage;
        facts.writable = head->writable;
    }
    if (!volume.source)
        return facts;
    const bool runs = head != nullptr && head->dirty;
    const auto origin = head != nullptr ? head->origin : std::string{};
    const ZfsVolume source{tree_, names_of(*volume.source, purpose), purpose};
    const auto* const mark = source.mark();
    if (!runs) {
        facts.usage = head != nullptr ? head->usage : 0;
        if (source.head() != nullptr)
            facts.size = mark != nullptr ? mark->size : source.head()->size;
    } else if (mark != nullptr) {
        facts.outdated = origin != source.names().volume() + "@" + mark->name;
    } else if (source.head() != nullptr) {
        facts.outdated.reset(); // it has no state that it could be compared with
    }
    return facts;
}

std::string ZfsPool::path(const Volume& volume)
{
    return zvol_path(names_of(volume.vid, cannot("examine", volume)).volume());
}

std::vector<std::string> ZfsPool::revisions(const Volume& volume)
{
    std::vector<std::string> ids;
    for (auto& revision : open(volume, cannot("examine", volume)).revisions())
        ids.push_back(std::move(revision.name));
    return ids;
}

std::string ZfsPool::snapshot(const Volume& volume)
{
    auto found = open(volume, cannot("snapshot", volume));
    static_cast<void>(found.require_head());
    return found.keep_revision("manual");
}

void ZfsPool::revert(const Volume& volume, const std::string& revision)
{
    const auto purpose = cannot("revert", volume);
    auto found = open(volume, purpose);
    if (is_running(found))
        found.refuse("it is started");
    const auto held = lock(volume.vid, LockMode::exclusive);
    found.repair();
    const auto all = found.revisions();
    const auto target = std::ranges::find(all, revision, &ZfsRevision::name);
    if (target == all.end())
        throw Error{failure::revision_not_found, "no such snapshot"};
    const auto next = found.names().temporary();
    tree_.clone(target->dataset + "@" + target->name, next, {}, purpose);
    tree_.snapshot(next, new_clean_mark(), purpose);
    found.exchange(next, "before-revert", volume.revisions_to_keep);
}

std::uint64_t ZfsPool::resize(const Volume& volume, std::uint64_t size)
{
    auto found = open(volume, cannot("resize", volume));
    if (found.require_head().size >= size)
        return found.require_head().size;
    if (volume.kind() != VolumeKind::origin)
        return found.set_size(found.names().volume(), size);
    const auto held = lock(volume.vid, LockMode::exclusive);
    return found.grow(size);
}

std::unique_ptr<Import> ZfsPool::begin_import(const Volume& volume, std::uint64_t size)
{
    auto found = open(volume, cannot("import", volume));
    if (is_running(found))
        found.refuse("it is started");
    {
        const auto held = lock(volume.vid, LockMode::exclusive);
        found.repair();
    }
    return std::make_unique<ZfsImport>(
        tree_, std::move(found), size, volume.revisions_to_keep,
        [this, vid = volume.vid] { return lock(vid, LockMode::exclusive); },
        [this](std::string warning) { warn(std::move(warning) + ", ignoring"); });
}

Fd ZfsPool::open_committed(const Volume& volume)
{
    const auto purpose = cannot("read", volume);
    auto found = open(volume, purpose);
    const auto held = lock(volume.vid, LockMode::shared);
    const auto name = found.names().new_export();
    tree_.clone(found.committed(), name, zfs_for_reading(), purpose);
    exports_.push_back(name);
    return open_zvol(name, DeviceAccess::read, purpose);
}

BlockPath ZfsPool::export_committed(const Volume& volume, const std::string& key)
{
    const auto purpose = cannot("attach", volume);
    auto found = open(volume, purpose);
    const auto name = found.names().attached(key);
    found.destroy(name);
    {
        const auto held = lock(volume.vid, LockMode::shared);
        tree_.clone(found.committed(), name, zfs_for_reading(), purpose);
    }
    return exported(volume, key);
}

BlockPath ZfsPool::export_live(const Volume& volume, const std::string& key)
{
    const auto purpose = cannot("read", volume);
    auto found = open(volume, purpose);
    const auto name = found.names().attached(key);
    found.destroy(name);
    {
        const auto held = lock(volume.vid, LockMode::shared);
        if (is_running(found)) {
            tree_.clone(found.snapshot_live(key), name, zfs_for_reading(), purpose);
            found.drop_live(key); // it goes with its clone
        } else {
            tree_.clone(found.committed(), name, zfs_for_reading(), purpose);
        }
    }
    return exported(volume, key);
}

BlockPath ZfsPool::exported(const Volume& volume, const std::string& key)
{
    const auto purpose = cannot("attach", volume);
    const auto name = names_of(volume.vid, purpose).attached(key);
    await_zvol(name, purpose);
    return BlockPath{.path = zvol_path(name), .block_device = true};
}

void ZfsPool::drop_export(const Volume& volume, const std::string& key)
{
    auto found = open(volume, cannot("detach", volume));
    found.destroy(found.names().attached(key));
    found.drop_live(key);
}

std::vector<std::string> ZfsPool::exports(const Volume& volume)
{
    const auto purpose = cannot("examine", volume);
    const auto names = names_of(volume.vid, purpose);
    std::vector<std::string> keys;
    for (const auto& [name, dataset] : tree_.below(names.qube(), purpose))
        if (auto key = names.attached_key(name))
            keys.push_back(*std::move(key));
    return keys;
}

bool ZfsPool::is_used_by_host(const Volume& volume)
{
    const auto found = open(volume, cannot("examine", volume));
    static_cast<void>(found.require_head());
    return is_claimed(found.names().volume(), found.purpose());
}

bool ZfsPool::share_committed(const Volume& volume, const Volume& source)
{
    const auto purpose = cannot("import", volume);
    auto found = open(volume, purpose);
    if (is_running(found))
        found.refuse("it is started");
    const auto next = found.names().imported();
    {
        const auto held = lock(volume.vid, LockMode::exclusive);
        found.repair();
    }
    {
        const auto held = lock(source.vid, LockMode::shared);
        tree_.clone(open(source, purpose).committed(), next, {}, purpose);
    }
    const auto held = lock(volume.vid, LockMode::exclusive);
    tree_.snapshot(next, new_clean_mark(), purpose);
    found.exchange(next, "before-import", volume.revisions_to_keep);
    warn_all(found.prune(volume.revisions_to_keep));
    return true;
}

void ZfsPool::check_room()
{
    const auto purpose = "cannot use pool '" + name_ + "'";
    const auto found = usage();
    if (!found)
        throw Error{failure::storage, purpose + ": its container is missing"};
    check_room_left(found->size, found->size - found->usage, purpose);
}

std::optional<PoolUsage> ZfsPool::usage()
{
    return container_usage(container_, "cannot measure pool '" + name_ + "'");
}

std::vector<std::string> ZfsPool::list()
{
    auto vids = volumes_in(container_, "cannot list the volumes of pool '" + name_ + "'");
    std::erase_if(vids, [&](const auto& vid) { return !ZfsNames::parse(container_, vid); });
    std::ranges::sort(vids);
    return vids;
}

std::vector<std::string> ZfsPool::set_up(bool)
{
    return set_up_container(container_, "cannot set up pool '" + name_ + "'");
}

void ZfsPool::take_back(const std::vector<std::string>& made)
{
    for (const auto& dataset : made)
        tree_.try_destroy_empty(dataset);
}

} // namespace qmgmt
