// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/clone.hpp"

#include "base/error.hpp"
#include "call/pool.hpp"
#include "life/power_state.hpp"
#include "life/volume/clone_token.hpp"
#include "life/volume/held_volume.hpp"
#include "storage/transfer.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

const Qube* qube_of(Call& call, const CloneToken& token)
{
    const Qube* qube = call.store().find(token.qube);
    return qube != nullptr && uuid_of(*qube).text() == token.uuid ? qube : nullptr;
}

// As the store has it now.
Volume source_of(Call& call, const CloneToken& token)
{
    if (call.store().pool(token.pool) == nullptr)
        refuse_unknown_pool(call);
    if (const Qube* qube = qube_of(call, token))
        for (const Volume& volume : volumes_of(call, *qube))
            if (volume.pool == token.pool && volume.vid == token.vid)
                return volume;
    no_such_volume(call);
}

} // namespace

std::string offer_clone(Call& call, const VolumeOwner& owner)
{
    call.act();
    const Qube& qube = call.store().qube(owner.qube);
    const auto volumes = volumes_of(call, qube);
    const auto volume = std::ranges::find(volumes, owner.role, &Volume::role);
    if (volume == volumes.end())
        no_such_volume(call);
    if (volume->kind() != VolumeKind::origin)
        throw Error{failure::unsupported, "cannot clone the volume '" + owner.role + "' of '" +
                                              owner.qube + "': it keeps no data of its own"};
    return CloneToken{volume->pool, volume->vid, qube.name(), uuid_of(qube).text(), call.source()}
        .issue();
}

void take_clone(Call& call, const VolumeOwner& owner, const std::string& token)
{
    call.act();
    const auto offered = CloneToken::redeem(token, call.source());
    if (!offered)
        throw Error{failure::token_not_found, "no such token"};
    const Volume source = source_of(call, *offered);
    HeldVolume held{call, owner};
    held.require_origin();
    held.require_halted();
    held.require_unattached();
    PoolTable pools{call.store()};
    held.let_go_of_qube();
    copy_volume(held.pool(), held.volume(), pools.pool(source.pool), source);
    held.note("domain-import-volume", {{"name", owner.role}, {"source", source.vid}});
    held.log_warnings();
    held.save("size", std::to_string(held.pool().facts(held.volume()).size));
}

} // namespace qmgmt
