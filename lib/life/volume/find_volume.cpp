// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/find_volume.hpp"

#include "base/error.hpp"
#include "call/pool.hpp"
#include "life/property/live.hpp"
#include "storage/volume_config.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// Only the qubes in whose bytes the vid stands, which are few, are read.
std::optional<VolumeOwner> find_owner(const Store& store, const VolumeRequest& wanted)
{
    const std::string text = escape_attribute(wanted.vid);
    for (std::size_t i = 0; i < store.index().size(); ++i) {
        const IndexEntry entry = store.index().entry(i);
        if (store.bytes(entry.range).find(text) == std::string::npos)
            continue;
        const Qube* qube = store.find_any(entry.name);
        if (qube == nullptr)
            continue;
        for (const StoredVolume& volume : qube->volumes())
            if (volume.attribute("pool") == wanted.pool.text() &&
                volume.attribute("vid") == wanted.vid)
                return VolumeOwner{qube->name(), volume.role};
    }
    return std::nullopt;
}

} // namespace

void no_such_volume(const Call& call)
{
    if (!call.from_dom0())
        throw Error{failure::denied, "not permitted for this caller"};
    throw Error{failure::volume_not_found, "no such volume"};
}

std::vector<Volume> volumes_of(Call& call, const Qube& qube)
{
    SystemValues live{call};
    Effective effective{call.store(), live};
    PoolTable pools{call.store()};
    return VolumeConfig{call.store(), effective, pools}.of(qube);
}

VolumeOwner volume_of_destination(Call& call)
{
    const RoleName role = RoleName::parse(call.argument());
    const Qube& qube = call.destination();
    const auto volumes = volumes_of(call, qube);
    if (std::ranges::find(volumes, role.text(), &Volume::role) == volumes.end())
        no_such_volume(call);
    return {qube.name(), role.text()};
}

Input vid_as_input(const Request& request)
{
    return VolumeRequest::named_by_argument(request.argument) ? Input::none : Input::optional;
}

std::optional<VolumeOwner> owner_of(Call& call, const VolumeRequest& wanted)
{
    const Store& store = call.store();
    if (store.pool(wanted.pool.text()) == nullptr)
        refuse_unknown_pool(call);
    if (wanted.vid.empty())
        throw Error{failure::protocol, "malformed request: no volume is named"};
    if (auto owner = find_owner(store, wanted))
        return owner;
    PoolTable pools{store};
    const auto listed = pools.pool(wanted.pool.text()).list();
    if (std::ranges::find(listed, wanted.vid) == listed.end())
        no_such_volume(call);
    return std::nullopt;
}

VolumeOwner owner_to_change(Call& call, const VolumeRequest& wanted)
{
    auto owner = owner_of(call, wanted);
    if (!owner)
        throw Error{failure::denied, "not permitted: the volume belongs to no qube"};
    return *std::move(owner);
}

} // namespace qmgmt
