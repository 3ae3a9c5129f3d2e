// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/start.hpp"

#include "base/ascii.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/steps.hpp"
#include "life/define.hpp"
#include "life/device/at_start.hpp"
#include "life/device/classes.hpp"
#include "life/device/mic/audio_input.hpp"
#include "life/device/pci/hand_over.hpp"
#include "life/domain_of.hpp"
#include "life/hooks.hpp"
#include "life/network/client_interfaces.hpp"
#include "life/network/firewall.hpp"
#include "life/network/told.hpp"
#include "life/power_state.hpp"
#include "life/refusal.hpp"
#include "life/run_record.hpp"
#include "life/settle.hpp"
#include "life/start/attempt.hpp"
#include "life/start/memory.hpp"
#include "life/start/memory_keys.hpp"
#include "life/start/netvm.hpp"
#include "life/start/qrexec_daemon.hpp"
#include "state/journal.hpp"
#include "state/named_lock.hpp"

#include <csignal>

namespace qmgmt {
namespace {

constexpr unsigned longest_netvm_chain = 16; // a store that is in order has no loop

// The caller closing its end, or qrexec's signals, must not stop a start half way.
void hold_signals()
{
    sigset_t held;
    sigemptyset(&held);
    for (const int number : {SIGPIPE, SIGTERM, SIGHUP, SIGINT})
        sigaddset(&held, number);
    ::sigprocmask(SIG_BLOCK, &held, nullptr);
}

NamedLock bring_up(Call& call, const std::string& name, unsigned depth);

class Start {
public:
    // The caller holds the qube's lock and found it halted.
    Start(Call& call, const Qube& qube, unsigned depth)
        : call_{call}, qube_{qube}, uuid_{uuid_of(qube)}, depth_{depth}, attempt_{call, qube}
    {
    }

    void run()
    {
        plan_ = domain_of(call_, qube_);
        Steps steps{[this](std::string_view step, const std::exception& error) {
            log_warning("cannot undo '" + std::string{step} + "' of a start of '" + qube_.name() +
                        "': " + error.what() + ", ignoring");
        }};
        const auto add = [&](Step step) {
            step.act = [this, act = std::move(step.act)] {
                give_up_if_asked();
                act();
            };
            steps.add(std::move(step));
        };
        add({"announce", [this] { announce(); }});
        add({"verify storage", [this] { attempt_.storage().verify(); }});
        add({"netvm", [this] { bring_up_netvm(); }});
        add({"memory", [this] { memory_ = reserve_memory(call_, plan_); },
             [this] { memory_.reset(); }});
        add({"run record", [this] { attempt_.begin(plan_.netvm); }, [this] { attempt_.forget(); }});
        add({"start storage", [this] { attempt_.start_storage(); },
             [this] { attempt_.stop_storage(); }});
        add({"PCI devices", [this] { take_pci_devices(); }, [this] { give_back_pci_devices(); }});
        add({"tell the netvm", [this] { tell_netvm(); },
             [this] { withdraw_firewall(call_, qube_, plan_.netvm); }});
        add({"define", [this] { define(); }});
        add({"create", [this] { create(); }, [this] { attempt_.destroy(); }});
        add({"memory keys",
             [this] { add_memory_keys(call_, plan_, attempt_.id(), memory_.has_value()); }});
        add({"spawned", [this] { spawned(); }});
        add({"tell", [this] { tell(); }, [this] { forget_told(call_, qube_); }});
        add({"resume", [this] { resume(); }});
        add({"qrexec", [this] { wait_for_agent(); }});
        steps.add({"clients", [this] { connect_clients(call_, qube_); }});
        steps.add({"record", [this] { attempt_.succeed(); }});
        hold_signals();
        try {
            steps.run();
        } catch (const Error& error) {
            failed(error);
            if (attempt_.is_gone())
                discard_disposable(call_, qube_);
            throw;
        }
        attach_assigned(call_, qube_, all_device_classes());
        hooks("domain-start");
        note("domain-start", {{"start_guid", guid_}});
    }

private:
    void note(std::string name, std::vector<std::pair<std::string, std::string>> keys)
    {
        journal({{qube_.name(), std::move(name), std::move(keys), qube_.klass(), qube_.tags()}});
    }

    void hooks(std::string_view event) { run_hooks(event, qube_, {{"start_guid", guid_}}); }

    // Kill, while there was nothing to kill yet.
    void give_up_if_asked()
    {
        if (RunRecord::asked_to_stop(uuid_))
            throw Error{failure::vm_failed, "cannot start '" + qube_.name() + "': it was killed"};
    }

    void announce()
    {
        hooks("domain-pre-start");
        note("domain-pre-start",
             {{"start_guid", guid_}, {"mem_required", std::to_string(plan_.memory_mib << 20U)}});
    }

    void bring_up_netvm()
    {
        if (!plan_.netvm.empty())
            netvm_ = running_netvm(call_, plan_.netvm,
                                   [this] { return bring_up(call_, plan_.netvm, depth_ + 1); });
    }

    // Before our interface exists: the script that connects it reads this, and no packet of ours
    // is to pass that our rules would stop.
    void tell_netvm()
    {
        if (plan_.netvm.empty())
            return;
        tell_of_clients(call_, call_.store().qube(plan_.netvm));
        push_firewall(call_, qube_);
    }

    // libvirt would do it, and give them back to the drivers of dom0 when the qube has ended.
    void take_pci_devices()
    {
        for (const PciPlan& device : plan_.xen.pci)
            if (take_from_host(call_.hypervisor(), device))
                taken_.push_back(device);
    }

    // That of a qube that never ran has not touched them.
    void give_back_pci_devices()
    {
        if (resumed_)
            return;
        for (const PciPlan& device : taken_)
            give_back_to_host(call_.hypervisor(), device);
    }

    void define()
    {
        hooks("domain-pre-spawn");
        add_disks(plan_, attempt_.storage());
        define_domain(call_, plan_);
    }

    void create()
    {
        attempt_.create();
        netvm_.reset();
    }

    void spawned()
    {
        memory_.reset(); // it is the domain's now
        hooks("domain-spawn");
    }

    void tell()
    {
        tell_at_start(call_, qube_);
        if (plan_.provides_network)
            tell_of_clients(call_, qube_);
        forget_microphone(call_, qube_);
        hooks("domain-qdb-create");
    }

    void resume()
    {
        hooks("domain-pre-unpaused");
        give_up_if_asked();
        resumed_ = true;
        attempt_.resume();
        hooks("domain-unpaused");
    }

    void wait_for_agent()
    {
        start_qrexec_daemon(call_, qube_, attempt_.id());
        attempt_.stand();
    }

    void failed(const Error& error)
    {
        attempt_.stand();
        note("domain-start-failed", {{"reason", error.text()}});
        run_hooks("domain-start-failed", qube_, {{"reason", error.text()}});
    }

    Call& call_;
    const Qube& qube_;
    Uuid uuid_;
    unsigned depth_;
    Attempt attempt_;
    DomainPlan plan_;
    std::string guid_ = Uuid::random().text();
    std::optional<NamedLock> netvm_;
    std::optional<MemoryReservation> memory_;
    std::vector<PciPlan> taken_; // from drivers of dom0
    bool resumed_ = false;
};

void check_not_prohibited(const Qube& qube)
{
    const std::string reason = qube.feature("prohibit-start").value_or("");
    if (!reason.empty())
        throw Error{failure::vm_failed,
                    "cannot start '" + qube.name() + "': " + printable(reason, 200)};
    if (qube.has_tag("backup-restore-in-progress"))
        throw Error{failure::vm_failed,
                    "cannot start '" + qube.name() + "': it is being restored from a backup"};
}

// Starts a qube unless it runs, and returns its lock.
NamedLock bring_up(Call& call, const std::string& name, unsigned depth)
{
    if (depth > longest_netvm_chain)
        throw Error{failure::vm_failed,
                    "cannot start '" + name + "': its chain of netvms is a loop"};
    NamedLock lock = NamedLock::wait(qube_lock(name), LockMode::exclusive, call.lock_deadline(),
                                     call.request().program);
    call.refresh();
    const auto now = [&]() -> const Qube& {
        return depth == 0 ? call.destination() : call.store().qube(name);
    };
    const PowerState state = settled_state(call, now());
    const Qube& qube = now(); // not found: a disposable that is gone with its last run
    switch (state) {
    case PowerState::halted: break;
    case PowerState::running:
    case PowerState::transient: return lock;
    default: throw not_halted(name);
    }
    if (depth == 0)
        call.confirm_permission(call.store()); // others that are started now see our lock
    RunRecord::forget_stop(uuid_of(qube));
    check_not_prohibited(qube);
    Start{call, qube, depth}.run();
    return lock;
}

} // namespace

void start_qube(Call& call)
{
    call.act();
    static_cast<void>(bring_up(call, call.destination_name(), 0));
}

} // namespace qmgmt
