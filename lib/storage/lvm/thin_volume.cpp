// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/lvm/thin_volume.hpp"

#include "base/error.hpp"
#include "storage/lvm/device.hpp"
#include "storage/volume_lock.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace qmgmt::lvm {

namespace {

constexpr std::chrono::seconds lock_patience{30};

VolumeName parse_vid(const ThinGroup& group, const std::string& vid, const std::string& purpose)
{
    auto names = VolumeName::parse(vid);
    if (!names || names->group() != group.group())
        throw Error{failure::storage, purpose + ": its vid does not fit this kind of pool"};
    return *std::move(names);
}

} // namespace

ThinVolume::ThinVolume(ThinGroup& group, std::string pool, const std::string& vid,
                       std::string purpose)
    : group_{group}, pool_{std::move(pool)}, names_{parse_vid(group, vid, purpose)},
      purpose_{std::move(purpose)}
{
    group_.look(purpose_);
}

void ThinVolume::refuse(const std::string& reason) const
{
    throw Error{failure::storage, purpose_ + ": " + reason};
}

NamedLock ThinVolume::commit_lock_of(LockMode mode) const
{
    return NamedLock::wait(commit_lock(pool_, group_.group() + "/" + names_.main()), mode,
                           Deadline::in(lock_patience), program_invocation_short_name);
}

std::optional<std::string> ThinVolume::committed() const
{
    if (group_.has(names_.main()))
        return names_.main();
    const auto ids = revisions();
    if (ids.empty())
        return std::nullopt;
    return names_.revision(ids.back());
}

std::string ThinVolume::committed_or_refuse() const
{
    auto name = committed();
    if (!name)
        refuse("it has no image");
    return *std::move(name);
}

std::vector<std::string> ThinVolume::revisions() const
{
    std::vector<std::string> ids;
    for (const auto& [name, volume] : group_.volumes())
        if (auto id = names_.revision_id(name))
            ids.push_back(*std::move(id));
    std::ranges::sort(ids, {}, [](const std::string& id) { return revision_time(id); });
    return ids;
}

std::string ThinVolume::next_revision(std::uint64_t now) const
{
    const auto ids = revisions();
    const auto newest = ids.empty() ? 0 : revision_time(ids.back()).value_or(0);
    return std::to_string(std::max(now, newest + 1)) + "-back";
}

std::vector<std::string> ThinVolume::exported_keys() const
{
    std::vector<std::string> keys;
    for (const auto& [name, volume] : group_.volumes())
        if (auto key = names_.exported_key(name))
            keys.push_back(*std::move(key));
    return keys;
}

void ThinVolume::remove_part(const std::string& name) const
{
    if (!group_.has(name))
        return;
    discard(device_path(group_.group(), name));
    group_.remove(purpose_, {name});
}

void ThinVolume::remove_all() const
{
    std::vector<std::string> parts;
    for (const auto& part : {names_.running(), names_.imported()})
        if (group_.has(part))
            parts.push_back(part);
    for (const auto& key : exported_keys())
        parts.push_back(names_.exported(key));
    for (const auto& id : revisions())
        parts.push_back(names_.revision(id));
    group_.remove(purpose_, parts);
    if (!group_.has(names_.main()))
        return;
    const auto lock = commit_lock_of(LockMode::exclusive);
    group_.remove(purpose_, {names_.main()});
}

bool ThinVolume::start(int keep) const
{
    const bool dirty = is_dirty();
    const auto state = committed();
    if (!dirty && !state)
        refuse("it has no image");
    if (dirty) {
        group_.activate(purpose_, names_.running());
        return false;
    }
    if (keep >= 0) {
        group_.ensure_room(purpose_);
        group_.clone(purpose_, *state, names_.running());
        return true;
    }
    if (*state != names_.main())
        group_.rename(purpose_, *state, names_.main());
    prune(0);
    group_.activate(purpose_, names_.main());
    return true;
}

void ThinVolume::start_from(const ThinVolume& source) const
{
    remove_part(names_.running()); // never continued: a start promises a fresh copy
    source.clone_committed(names_.running());
}

void ThinVolume::clone_committed(const std::string& name) const
{
    const auto lock = commit_lock_of(LockMode::shared);
    if (!group_.has(names_.main())) // seen in the middle of a commit, perhaps
        group_.look_again(purpose_);
    group_.ensure_room(purpose_);
    group_.clone(purpose_, committed_or_refuse(), name);
}

Fd ThinVolume::open_committed() const
{
    const auto lock = commit_lock_of(LockMode::shared);
    if (!group_.has(names_.main()))
        group_.look_again(purpose_);
    const auto state = committed_or_refuse();
    group_.activate(purpose_, state);
    return open_volume(purpose_, device_path(group_.group(), state), DeviceAccess::read);
}

void ThinVolume::exchange(const std::string& from, std::uint64_t now) const
{
    const auto lock = commit_lock_of(LockMode::exclusive);
    if (group_.has(names_.main()))
        group_.rename(purpose_, names_.main(), names_.revision(next_revision(now)));
    group_.rename(purpose_, from, names_.main()); // the one step that decides
}

void ThinVolume::prune(int keep) const
{
    const auto ids = revisions();
    const auto kept = static_cast<std::size_t>(std::max(keep, 0));
    std::vector<std::string> surplus;
    for (std::size_t i = 0; i + kept < ids.size(); ++i)
        surplus.push_back(names_.revision(ids[i]));
    group_.remove(purpose_, surplus);
}

} // namespace qmgmt::lvm
