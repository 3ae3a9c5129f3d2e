// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/attach_source.hpp"

#include "base/error.hpp"
#include "call/pool.hpp"
#include "life/power_state.hpp"
#include "life/volume/attached.hpp"
#include "storage/volume_config.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

[[noreturn]] void refuse_kind(const char* reason)
{
    throw Error{failure::bad_value, std::string{"this volume cannot be attached: "} + reason};
}

VolumeRequest named(Call& call, const AttachName& name)
{
    if (const auto* request = std::get_if<VolumeRequest>(&name))
        return *request;
    const std::string& role = std::get<RoleName>(name).text();
    if (is_system_role(role))
        refuse_kind("every qube has it");
    const auto volumes = volumes_of(call, call.destination());
    const auto found = std::ranges::find(volumes, role, &Volume::role);
    if (found == volumes.end())
        no_such_volume(call);
    return {PoolName::parse(found->pool), found->vid, {}};
}

// Nobody's.
Volume free_volume(Call& call, const VolumeRequest& wanted)
{
    PoolTable pools{call.store()};
    Pool& pool = pools.pool(wanted.pool.text());
    const auto listed = pool.list();
    if (std::ranges::find(listed, wanted.vid) == listed.end())
        no_such_volume(call);
    Volume volume;
    volume.pool = wanted.pool.text();
    volume.vid = wanted.vid;
    volume.revisions_to_keep = pool.default_revisions_to_keep();
    volume.save_on_stop = true;
    return volume;
}

[[noreturn]] void in_use(Call& call, const Volume& volume, const VolumeEntry& by,
                         const std::string& how)
{
    std::string text = "the volume '" + volume.pool + ":" + volume.vid + "' is in use";
    if (call.may_see(by.owner.qube))
        text += ": " + how + " '" + by.owner.qube + "'";
    throw Error{failure::volume_in_use, text};
}

void check_owner(Call& call, Pool& pool, const AttachSource& source)
{
    const VolumeEntry& owner = *source.owner;
    if (owner.owner.qube == call.destination_name())
        return;
    if (is_running(power_state(call, call.store().qube(owner.owner.qube))))
        in_use(call, source.volume, owner, "it belongs to the running");
    if (pool.is_started(source.volume)) // what nobody could clean up yet
        in_use(call, source.volume, owner, "it belongs to");
}

void check_free(Pool& pool, const Volume& volume, bool is_attached)
{
    if (!is_attached && pool.is_started(volume))
        pool.stop(volume);
    if (pool.is_used_by_host(volume))
        throw Error{failure::volume_in_use, "the volume '" + volume.pool + ":" + volume.vid +
                                                "' is in use: dom0 itself has it"};
}

} // namespace

AttachSource find_source(Call& call, const AttachName& name)
{
    if (const auto* request = std::get_if<VolumeRequest>(&name);
        request != nullptr && call.store().pool(request->pool.text()) == nullptr)
        refuse_unknown_pool(call);
    const VolumeRequest wanted = named(call, name);
    AttachSource source;
    const VolumeEntry* mine = nullptr;
    const auto entries = entries_of(call, wanted.pool.text(), wanted.vid);
    for (const VolumeEntry& entry : entries) {
        if (entry.owner.qube == call.destination_name() && mine == nullptr)
            mine = &entry;
        if (entry.own)
            source.owner = entry;
        else if (entry.owner.qube != call.destination_name())
            source.others.push_back(entry);
    }
    if (mine == nullptr && !call.from_dom0())
        no_such_volume(call);
    if (mine != nullptr && is_system_role(mine->owner.role))
        refuse_kind("every qube has it");
    if (mine != nullptr)
        source.role = mine->owner.role;
    source.volume = mine != nullptr    ? mine->volume
                    : !entries.empty() ? entries.front().volume
                                       : free_volume(call, wanted);
    if (source.volume.kind() != VolumeKind::origin)
        refuse_kind("it keeps no data of its own");
    return source;
}

void check_usable(Call& call, Pool& pool, const AttachSource& source, bool rw,
                  const std::vector<Attachment>& users)
{
    const bool written = std::ranges::any_of(users, &Attachment::rw);
    if (written || (rw && !users.empty()))
        refuse_attached(call, source.volume, users);
    for (const VolumeEntry& other : source.others)
        if (rw || other.volume.rw)
            in_use(call, source.volume, other, "it is assigned to");
    if (!source.owner)
        check_free(pool, source.volume, !users.empty());
    else if (rw)
        check_owner(call, pool, source);
}

} // namespace qmgmt
