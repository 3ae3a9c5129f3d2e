// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/verbs.hpp"

#include "base/error.hpp"
#include "life/volume/guest_disk.hpp"
#include "life/volume/held_volume.hpp"
#include "names/number.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::size_t id_limit = 64;
constexpr std::uint64_t size_limit = std::uint64_t{16} << 40; // what ext4 takes in one file
constexpr std::uint64_t sector = 512;

std::string named(const VolumeOwner& owner)
{
    return "the volume '" + owner.role + "' of '" + owner.qube + "'";
}

void check_may_grow(const HeldVolume& held, std::uint64_t present, std::uint64_t wanted)
{
    const std::string purpose = "cannot resize " + named(held.owner()) + ": ";
    const Volume& volume = held.volume();
    if (!volume.rw)
        throw Error{failure::storage, purpose + "it is read-only"};
    if (volume.kind() == VolumeKind::snapshot && held.state() == PowerState::halted)
        throw Error{failure::storage, purpose + "it follows its template: resize that"};
    if (wanted < present)
        throw Error{failure::storage, purpose + "it has " + std::to_string(present) +
                                          " bytes and cannot shrink to " + std::to_string(wanted)};
    if (wanted > size_limit)
        throw Error{failure::storage, purpose + "no volume can have " + std::to_string(wanted) +
                                          " bytes, at most " + std::to_string(size_limit)};
}

} // namespace

std::string snapshot_volume(Call& call, const VolumeOwner& owner)
{
    HeldVolume held{call, owner};
    held.require_origin();
    const int keep = held.volume().revisions_to_keep;
    if (keep < 0)
        throw Error{failure::storage,
                    "cannot snapshot " + named(owner) + ": snapshots are disabled for it"};
    if (keep == 0)
        throw Error{failure::storage, "cannot snapshot " + named(owner) +
                                          ": it keeps no revisions, raise revisions_to_keep first"};
    held.save_size();
    return held.pool().snapshot(held.volume());
}

std::string parse_revision_id(std::string_view untrusted_text)
{
    const std::string_view id = without_line_end(untrusted_text);
    if (id.empty() || id.size() > id_limit || !std::ranges::all_of(id, [](char c) {
            return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                   c == ':' || c == '_' || c == '.' || c == '-';
        }))
        throw Error{failure::protocol, "malformed request: this is not the id of a snapshot"};
    return std::string{id};
}

void revert_volume(Call& call, const VolumeOwner& owner, const std::string& id)
{
    HeldVolume held{call, owner};
    held.require_origin();
    const auto revisions = held.pool().revisions(held.volume());
    if (std::ranges::find(revisions, id) == revisions.end())
        throw Error{failure::revision_not_found, "no such snapshot"};
    held.require_halted();
    held.require_unattached();
    held.pool().revert(held.volume(), id);
    held.log_warnings();
    held.save_size();
}

std::uint64_t extend_volume(Call& call, const VolumeOwner& owner, std::uint64_t size)
{
    HeldVolume held{call, owner};
    const Volume& volume = held.volume();
    if (volume.kind() == VolumeKind::fixed && volume.vid.empty())
        throw Error{failure::unsupported, "cannot resize " + named(owner) + ": it has no disk"};
    if (volume.kind() == VolumeKind::fixed)
        return held.pool().resize(volume, size); // a kernel's driver says why not
    const std::uint64_t present = held.pool().facts(volume).size;
    check_may_grow(held, present, size);
    const bool runs = held.pool().is_started(volume);
    std::uint64_t grown = (size + sector - 1) / sector * sector;
    // what it has already may be all that one that was cut off came to do
    if (size == present)
        grown = present;
    else if (runs || volume.kind() == VolumeKind::origin)
        grown = held.pool().resize(volume, size);
    if (volume.kind() != VolumeKind::snapshot)
        held.save("size", std::to_string(grown));
    if (runs && held.state() != PowerState::halted)
        tell_of_growth(call, call.store().qube(owner.qube), volume, held.pool().path(volume),
                       grown);
    return grown;
}

std::uint64_t volume_size(Call& call, const VolumeOwner& owner)
{
    const auto volumes = volumes_of(call, call.store().qube(owner.qube));
    const auto found = std::ranges::find(volumes, owner.role, &Volume::role);
    if (found == volumes.end())
        no_such_volume(call);
    PoolTable pools{call.store()};
    return found->vid.empty() ? 0 : pools.pool(found->pool).facts(*found).size;
}

std::uint64_t parse_volume_size(std::string_view untrusted_text)
{
    const auto size = parse_decimal(without_line_end(untrusted_text));
    if (!size)
        throw Error{failure::protocol, "malformed request: the size is not a number of bytes"};
    return *size;
}

} // namespace qmgmt
