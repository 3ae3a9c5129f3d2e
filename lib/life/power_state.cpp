// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/power_state.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "life/property/live.hpp"
#include "life/run_record.hpp"
#include "store/effective.hpp"

#include <unistd.h>

namespace qmgmt {
namespace {

// A running qube whose agent has not called yet is on its way up. One that Start has only just
// created is paused by us.
PowerState refined(Call& call, std::string_view name, const DomainStatus& status)
{
    if (status.state == PowerState::paused) {
        const auto record = RunRecord::load(status.uuid);
        // Created is recorded a moment after it is true.
        return record && record->phase != RunRecord::Phase::running ? PowerState::transient
                                                                    : status.state;
    }
    if (status.state != PowerState::running)
        return status.state;
    const Qube* qube = call.store().find_any(name);
    if (qube == nullptr)
        return status.state;
    SystemValues live{call};
    Effective effective{call.store(), live};
    const auto qrexec = effective.feature_with_template(*qube, "qrexec");
    if (!qrexec || qrexec->empty())
        return status.state;
    const std::string socket =
        paths::below_root(paths::upstream_runtime) + "/qrexec." + std::string{name};
    return ::access(socket.c_str(), F_OK) == 0 ? PowerState::running : PowerState::transient;
}

} // namespace

PowerStates PowerStates::of_all(Call& call)
{
    PowerStates states{call};
    if (!call.has_hypervisor())
        return states;
    try {
        for (DomainStatus& status : call.hypervisor().list())
            states.domains_.emplace(status.uuid, std::move(status));
    } catch (const Error& error) {
        states.known_ = false;
        log_warning("cannot ask the hypervisor who runs: " + error.text() + " (" + error.detail() +
                    "), ignoring");
    }
    return states;
}

PowerStates PowerStates::unknown(Call& call)
{
    PowerStates states{call};
    states.known_ = false;
    return states;
}

PowerState PowerStates::of(std::string_view name, std::string_view klass,
                           std::string_view uuid) const
{
    if (klass == "AdminVM" || klass == "RemoteVM")
        return PowerState::running;
    if (!known_)
        return PowerState::na;
    const auto parsed = Uuid::parse(uuid);
    const auto domain = parsed ? domains_.find(*parsed) : domains_.end();
    return domain == domains_.end() ? PowerState::halted : refined(*call_, name, domain->second);
}

PowerState PowerStates::of(const Qube& qube) const
{
    return of(qube.name(), qube.klass(), qube.property("uuid").value_or(""));
}

DomainStatus domain_status(Call& call, const Qube& qube)
{
    if (!call.has_hypervisor())
        return {.uuid = uuid_of(qube), .name = qube.name()};
    return call.hypervisor().status(uuid_of(qube));
}

PowerState power_state(Call& call, const Qube& qube)
{
    if (qube.class_bit() == class_admin || qube.class_bit() == class_remote)
        return PowerState::running;
    return refined(call, qube.name(), domain_status(call, qube));
}

bool is_running(PowerState state)
{
    return state != PowerState::halted && state != PowerState::na;
}

Uuid uuid_of(const Qube& qube)
{
    if (qube.class_bit() == class_admin)
        return {};
    const auto uuid = Uuid::parse(qube.property("uuid").value_or(""));
    if (!uuid)
        throw Error{failure::store,
                    "cannot use '" + qube.name() + "': it has no uuid in the store"};
    return *uuid;
}

} // namespace qmgmt
