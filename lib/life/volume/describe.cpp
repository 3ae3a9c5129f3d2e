// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/describe.hpp"

#include "base/error.hpp"
#include "call/pool.hpp"
#include "life/power_state.hpp"
#include "names/names.hpp"
#include "storage/attachment.hpp"
#include "storage/ephemeral.hpp"
#include "storage/pool_table.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

std::string truth(bool value)
{
    return value ? "True" : "False";
}

Volume find(Call& call, const VolumeOwner& owner)
{
    const auto volumes = volumes_of(call, call.store().qube(owner.qube));
    const auto found = std::ranges::find(volumes, owner.role, &Volume::role);
    if (found == volumes.end())
        no_such_volume(call);
    return *found;
}

// Nobody's: of the pool and its vid alone.
Volume bare(const VolumeRequest& wanted)
{
    Volume volume;
    volume.pool = wanted.pool.text();
    volume.vid = wanted.vid;
    return volume;
}

// What the qube sees the volume as, where it is attached: a system volume never is.
std::string frontend(Call& call, const VolumeOwner& owner, const Volume& volume)
{
    const Uuid uuid = uuid_of(call.store().qube(owner.qube));
    for (const Attachment& one : Attachment::of_volume(volume.pool, volume.vid))
        if (one.uuid == uuid && one.role == owner.role)
            return one.target;
    return {};
}

std::string info(Call& call, const Volume& volume, const VolumeOwner* owner)
{
    if (call.store().pool(volume.pool) == nullptr)
        throw Error{failure::storage, "cannot use the volume '" + volume.role +
                                          "': the store has no pool of that name"};
    PoolTable pools{call.store()};
    Pool& pool = pools.pool(volume.pool);
    const bool there = !volume.vid.empty(); // a qube with a kernel of its own has no volume for it
    const VolumeFacts facts =
        there ? pool.facts(volume) : VolumeFacts{.writable = false, .outdated = false};
    const bool admin = call.request().admin;
    std::string text;
    const auto line = [&](std::string_view key, const std::string& value) {
        text.append(key).append("=").append(value).append("\n");
    };
    line("pool", volume.pool);
    line("vid", volume.vid);
    line("size", std::to_string(facts.size));
    line("usage", std::to_string(facts.usage));
    line("rw", truth(owner != nullptr ? volume.rw : facts.writable));
    line("source", volume.source.value_or(""));
    if (admin) // it tells how dom0 is laid out
        line("path", there ? pool.path(volume) : "");
    line("save_on_stop", truth(volume.save_on_stop));
    line("snap_on_start", truth(volume.snap_on_start));
    line("revisions_to_keep", std::to_string(volume.revisions_to_keep));
    if (admin)
        line("ephemeral", truth(is_ephemeral(volume, call.store())));
    if (facts.outdated)
        line("is_outdated", truth(*facts.outdated));
    const std::string target = owner != nullptr ? frontend(call, *owner, volume) : "";
    if (!target.empty())
        line("frontend-dev", target);
    return text;
}

std::string list_revisions(Call& call, const Volume& volume)
{
    PoolTable pools{call.store()};
    std::string rows;
    if (!volume.vid.empty())
        for (const std::string& id : pools.pool(volume.pool).revisions(volume))
            rows += id + "\n";
    return rows;
}

} // namespace

std::string volume_info(Call& call, const VolumeOwner& owner)
{
    return info(call, find(call, owner), &owner);
}

std::string volume_info(Call& call, const VolumeRequest& wanted)
{
    if (const auto owner = owner_of(call, wanted))
        return volume_info(call, *owner);
    return info(call, bare(wanted), nullptr);
}

std::string volume_revisions(Call& call, const VolumeOwner& owner)
{
    return list_revisions(call, find(call, owner));
}

std::string volume_revisions(Call& call, const VolumeRequest& wanted)
{
    if (const auto owner = owner_of(call, wanted))
        return volume_revisions(call, *owner);
    return list_revisions(call, bare(wanted));
}

std::string volume_roles(Call& call)
{
    const std::string& wanted = call.argument();
    if (!wanted.empty() && call.store().pool(PoolName::parse(wanted).text()) == nullptr)
        refuse_unknown_pool(call);
    std::string rows;
    for (const Volume& volume : volumes_of(call, call.destination()))
        if (wanted.empty() || volume.pool == wanted)
            rows += volume.role + "\n";
    return rows;
}

} // namespace qmgmt
