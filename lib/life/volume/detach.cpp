// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/detach.hpp"

#include "base/error.hpp"
#include "call/edit.hpp"
#include "call/pool.hpp"
#include "life/power_state.hpp"
#include "life/refusal.hpp"
#include "life/settle.hpp"
#include "life/volume/attach_request.hpp"
#include "life/volume/attached.hpp"
#include "life/volume/find_volume.hpp"
#include "life/volume/plug.hpp"
#include "state/journal.hpp"
#include "state/named_lock.hpp"
#include "storage/pool_table.hpp"
#include "storage/volume_config.hpp"
#include "storage/volume_lock.hpp"

#include <optional>

namespace qmgmt {
namespace {

struct Target {
    std::string pool;
    std::string vid;
    std::optional<Volume> entry; // that the destination has for it
};

Target find_target(Call& call, const AttachName& name)
{
    const auto* request = std::get_if<VolumeRequest>(&name);
    for (Volume& volume : volumes_of(call, call.destination())) {
        if (request != nullptr ? volume.pool != request->pool.text() || volume.vid != request->vid
                               : volume.role != std::get<RoleName>(name).text())
            continue;
        if (is_system_role(volume.role))
            throw Error{failure::bad_value, "this volume cannot be detached: every qube has it"};
        return {volume.pool, volume.vid, std::move(volume)};
    }
    if (request == nullptr)
        no_such_volume(call);
    if (call.store().pool(request->pool.text()) == nullptr)
        refuse_unknown_pool(call);
    return {request->pool.text(), request->vid, std::nullopt};
}

// As the destination has it; nothing when it has not.
std::optional<Attachment> find_attachment(Call& call, Pool& pool, const Target& target)
{
    const Uuid uuid = uuid_of(call.destination());
    for (Attachment& one : Attachment::of_volume(target.pool, target.vid))
        if (one.uuid == uuid)
            return std::move(one);
    if (!target.entry || !target.entry->rw)
        return std::nullopt;
    // it was started by who keeps no such records
    Attachment one{.qube = call.destination_name(),
                   .uuid = uuid,
                   .role = target.entry->role,
                   .pool = target.pool,
                   .vid = target.vid,
                   .revisions_to_keep = target.entry->revisions_to_keep,
                   .rw = true,
                   .path = pool.path(*target.entry)};
    return is_attached(call, one) ? std::optional{std::move(one)} : std::nullopt;
}

void detach(Call& call, const Target& target, PowerState state)
{
    PoolTable pools{call.store()};
    Pool& pool = pools.pool(target.pool);
    const auto one = find_attachment(call, pool, target);
    if (!one && !target.entry) {
        if (call.from_dom0() && state == PowerState::halted)
            throw not_running(call.destination_name());
        no_such_volume(call);
    }
    if (one && is_attached(call, *one))
        unplug_volume(call, *one);
    if (one)
        end_attachment(pool, *one);
    const std::vector<std::pair<std::string, std::string>> keys{
        {"volume", target.entry ? target.entry->role : one->target},
        {"pool", target.pool},
        {"vid", target.vid}};
    if (!target.entry) {
        const Qube& qube = call.destination();
        journal({{qube.name(), "domain-volume-detach", keys, qube.klass(), qube.tags()}});
        return;
    }
    Edit edit = call.edit_again();
    const std::string name = edit.destination().name();
    edit.remove_volume(name, target.entry->role);
    edit.note(name, "domain-volume-detach", keys);
    static_cast<void>(edit.commit());
}

} // namespace

void detach_volume(Call& call)
{
    const AttachName name = parse_attach_name(call.argument());
    call.act();
    const std::string& who = call.request().program;
    const NamedLock qube_held = NamedLock::wait(qube_lock(call.destination_name()),
                                                LockMode::exclusive, call.lock_deadline(), who);
    call.refresh();
    const PowerState state = settled_state(call, call.destination());
    const Target target = find_target(call, name);
    const NamedLock volume_held = NamedLock::wait(volume_lock(target.pool, target.vid),
                                                  LockMode::exclusive, call.lock_deadline(), who);
    detach(call, target, state);
}

} // namespace qmgmt
