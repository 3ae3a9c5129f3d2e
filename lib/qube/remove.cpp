// SPDX-License-Identifier: GPL-2.0-or-later

#include "qube/remove.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "call/edit.hpp"
#include "call/permission.hpp"
#include "life/discard.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/refusal.hpp"
#include "life/settle.hpp"
#include "qube/creator_tag.hpp"
#include "state/named_lock.hpp"

namespace qmgmt {
namespace {

void check_may_go(Call& call, const Qube& qube, PowerState state)
{
    if (qube.class_bit() == 0)
        throw Error{failure::unsupported,
                    "the class of '" + qube.name() + "' is not one of those known here"};
    SystemValues live{call};
    if (Effective{call.store(), live}.text(qube, "installed_by_rpm") == "True")
        throw Error{failure::vm_in_use,
                    "qube '" + qube.name() + "' is in use: a package of dom0 installed it"};
    if (state != PowerState::halted)
        throw not_halted(qube.name());
    check_not_in_use(call, call.store(), qube);
}

// Such a tag grants rights to whoever gets the name next.
void name_tags_that_stay(Call& call, const std::string& name)
{
    const std::string holders = made_by(call.store(), name);
    if (!holders.empty())
        log_warning("the tag 'created-by-" + name + "' stays on" + holders + ", ignoring");
}

} // namespace

Reply remove_qube(Call& call)
{
    const std::string name = call.destination_name();
    if (name == "dom0")
        throw Error{failure::vm_in_use, "qube 'dom0' is in use: it is the host"};
    const auto edit = [&call] { return call.edit(); };
    if (call.request().dry_run) {
        check_permission(call);
        check_may_go(call, call.destination(), power_state(call, call.destination()));
        return discard_qube(call, call.destination(), edit);
    }
    call.act();
    const NamedLock lock = NamedLock::wait(qube_lock(name), LockMode::exclusive,
                                           call.lock_deadline(), call.request().program);
    call.refresh();
    const PowerState state = settled_state(call, call.destination());
    if (!call.store().index().find(name))
        return {}; // a disposable, gone with its last run
    check_may_go(call, call.destination(), state);
    Reply reply = discard_qube(call, call.destination(), edit);
    call.refresh();
    name_tags_that_stay(call, name);
    return reply;
}

} // namespace qmgmt
