// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/settle.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/wait.hpp"
#include "call/edit.hpp"
#include "life/destroy.hpp"
#include "life/device/at_start.hpp"
#include "life/device/classes.hpp"
#include "life/discard.hpp"
#include "life/hooks.hpp"
#include "life/network/client_interfaces.hpp"
#include "life/network/firewall.hpp"
#include "life/network/netvm_change.hpp"
#include "life/network/told.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/qube_storage.hpp"
#include "life/run_record.hpp"
#include "state/journal.hpp"
#include "state/named_lock.hpp"

namespace qmgmt {
namespace {

constexpr std::chrono::seconds dying_patience{10};
constexpr std::chrono::milliseconds dying_poll{250};

class Settlement {
public:
    Settlement(Call& call, const Qube& qube, RunRecord record)
        : call_{call}, qube_{qube}, uuid_{uuid_of(qube)}, record_{std::move(record)}
    {
    }

    void run()
    {
        if (!has_stopped())
            return;
        QubeStorage storage{call_, qube_};
        if (record_.phase == RunRecord::Phase::prepared) {
            storage.abort(record_.volumes);
            note("domain-start-failed", {{"reason", "the start was cut off"}});
        } else {
            storage.stop();
            disconnect_clients(call_, qube_);
            forget_told(call_, qube_);
            release_devices(call_, qube_, record_, all_device_classes());
            run_hooks("domain-stopped", qube_);
            run_hooks("domain-shutdown", qube_);
            note("domain-shutdown", {});
        }
        withdraw_rules();
        forget_deferred_netvm_change(call_, qube_);
        discard_disposable(call_, qube_); // before the record goes: killed here, it is done again
        RunRecord::remove(uuid_);
    }

private:
    // What is recorded as under way is over: the domain is gone, or another boot's.
    bool has_stopped()
    {
        DomainStatus status = status_unless_dying();
        const bool same_boot = record_.boot_id == RunRecord::present_boot();
        if (status.state == PowerState::halted)
            return true;
        if (!same_boot || (record_.id != -1 && record_.id != status.id))
            return false; // somebody started it anew, without us: its volumes are in use
        if (record_.phase == RunRecord::Phase::running)
            return false;
        // The lock is ours, so its Start is dead.
        if (status.state == PowerState::paused) {
            log_warning("destroying '" + qube_.name() +
                        "', which a start that was cut off left paused");
            destroy_domain(call_, qube_);
            return true;
        }
        record_.phase = RunRecord::Phase::running; // it was resumed, and nobody lived to say so
        record_.id = status.id;
        record_.save(uuid_);
        return false;
    }

    DomainStatus status_unless_dying()
    {
        const Deadline deadline = call_.deadline(dying_patience);
        DomainStatus status = domain_status(call_, qube_);
        while (status.state == PowerState::dying && !deadline.passed()) {
            wait(dying_poll);
            status = domain_status(call_, qube_);
        }
        return status;
    }

    // From the netvm it began with, and from the one it may have changed to.
    void withdraw_rules()
    {
        SystemValues live{call_};
        const std::string netvm = Effective{call_.store(), live}.text(qube_, "netvm");
        withdraw_firewall(call_, qube_, record_.netvm);
        if (netvm != record_.netvm)
            withdraw_firewall(call_, qube_, netvm);
    }

    void note(std::string name, std::vector<std::pair<std::string, std::string>> keys)
    {
        journal({{qube_.name(), std::move(name), std::move(keys), qube_.klass(), qube_.tags()}});
    }

    Call& call_;
    const Qube& qube_;
    Uuid uuid_;
    RunRecord record_;
};

} // namespace

void settle(Call& call, const Qube& qube)
{
    if (auto record = RunRecord::load(uuid_of(qube)))
        Settlement{call, qube, std::move(*record)}.run();
}

bool has_unsettled_volumes(Call& call, const Qube& qube)
{
    return QubeStorage{call, qube}.is_unsettled();
}

void settle_volumes(Call& call, const Qube& qube)
{
    if (has_unsettled_volumes(call, qube))
        QubeStorage{call, qube}.stop();
}

PowerState settled_state(Call& call, const Qube& qube)
{
    settle(call, qube);
    const PowerState state = power_state(call, qube);
    if (state == PowerState::halted)
        settle(call, qube);
    return state;
}

void discard_disposable(Call& call, const Qube& qube)
{
    SystemValues live{call};
    if (qube.class_bit() != class_disp ||
        Effective{call.store(), live}.text(qube, "auto_cleanup") != "True")
        return;
    try {
        discard_qube(call, qube, [&] { return call.edit_again(); });
        call.refresh();
    } catch (const Error& error) {
        log_warning("cannot remove the disposable '" + qube.name() + "': " + error.text() + " (" +
                    error.detail() + "), ignoring");
    }
}

void settle_if_free(Call& call, const Qube& qube)
{
    if (!RunRecord::load(uuid_of(qube)))
        return;
    const auto lock =
        NamedLock::try_lock(qube_lock(qube.name()), LockMode::exclusive, call.request().program);
    if (lock)
        settle(call, qube);
}

} // namespace qmgmt
