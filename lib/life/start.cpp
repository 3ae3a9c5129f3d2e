// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/start.hpp"

#include "base/ascii.hpp"
#include "base/config.hpp"
#include "base/error.hpp"
#include "base/loadable.hpp"
#include "base/log.hpp"
#include "base/spawner.hpp"
#include "base/steps.hpp"
#include "life/define.hpp"
#include "life/domain_of.hpp"
#include "life/hooks.hpp"
#include "life/network/client_interfaces.hpp"
#include "life/network/told.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/qube_storage.hpp"
#include "life/refusal.hpp"
#include "life/run_record.hpp"
#include "life/settle.hpp"
#include "state/journal.hpp"
#include "state/named_lock.hpp"

#include <csignal>
#include <unistd.h>

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

// What kept a qube's netvm from starting.
class NetvmFailed : public Error {
public:
    NetvmFailed(const std::string& netvm, const Error& why)
        : Error{why.type(), "the netvm '" + netvm + "' does not start: " + why.text(), why.detail()}
    {
    }
};

NamedLock bring_up(Call& call, const std::string& name, unsigned depth);

class Start {
public:
    // The caller holds the qube's lock and found it halted.
    Start(Call& call, const Qube& qube, unsigned depth)
        : call_{call}, qube_{qube}, uuid_{uuid_of(qube)}, depth_{depth}, storage_{call, qube}
    {
        record_.name = qube.name();
        record_.boot_id = RunRecord::present_boot();
        record_.starter = ::getpid();
    }

    void run()
    {
        plan_ = domain_of(call_, qube_);
        record_.netvm = plan_.netvm;
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
        add({"verify storage", [this] { storage_.verify(); }});
        add({"netvm", [this] { bring_up_netvm(); }});
        add({"memory", [this] { check_memory(); }});
        add({"run record", [this] { begin_record(); }, [this] { forget(); }});
        add({"start storage", [this] { start_storage(); }, [this] { undo_storage(); }});
        add({"tell the netvm", [this] { tell_netvm(); }});
        add({"define", [this] { define(); }});
        add({"create", [this] { create(); }, [this] { destroy(); }});
        add({"spawned", [this] { hooks("domain-spawn"); }});
        add({"tell", [this] { tell(); }, [this] { forget_told(call_, qube_); }});
        add({"resume", [this] { resume(); }});
        steps.add({"clients", [this] { connect_clients(call_, qube_); }});
        steps.add({"record", [this] { save(RunRecord::Phase::running); }});
        hold_signals();
        try {
            steps.run();
        } catch (const Error& error) {
            failed(error);
            if (domain_gone_ && storage_gone_)
                discard_disposable(call_, qube_);
            throw;
        }
        hooks("domain-start");
        note("domain-start", {{"start_guid", guid_}});
    }

private:
    void note(std::string name, std::vector<std::pair<std::string, std::string>> keys)
    {
        journal({{qube_.name(), std::move(name), std::move(keys), qube_.klass(), qube_.tags()}});
    }

    void hooks(std::string_view event) { run_hooks(event, qube_, {{"start_guid", guid_}}); }

    void save(RunRecord::Phase phase)
    {
        record_.phase = phase;
        record_.save(uuid_);
    }

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
        if (plan_.netvm.empty())
            return;
        const std::string lock_name = qube_lock(plan_.netvm);
        // Shared until our domain is there: a Shutdown of the netvm either comes before, and we
        // start it again, or finds us as its client.
        netvm_.emplace(NamedLock::wait(lock_name, LockMode::shared, call_.lock_deadline(),
                                       call_.request().program));
        call_.refresh();
        if (is_running(power_state(call_, call_.store().qube(plan_.netvm))))
            return;
        netvm_.reset();
        try {
            netvm_.emplace(bring_up(call_, plan_.netvm, depth_ + 1));
        } catch (const NetvmFailed&) {
            throw; // further up the chain
        } catch (const Error& error) {
            throw NetvmFailed{plan_.netvm, error};
        }
        netvm_->share();
    }

    void check_memory()
    {
        const auto too_much = [this](const char* detail) {
            throw Error{failure::no_memory,
                        "Not enough memory to start domain '" + qube_.name() + "'", detail};
        };
        SystemValues live{call_};
        if (plan_.memory_mib > live.host_memory_mib())
            too_much("more than the machine has");
        if (call_.hypervisor().kind() != Hypervisor::Kind::qemu)
            return;
        // Each takes some 45 MB of the host, however small the guest.
        const auto most = config().integer("qemu-max-running", 200, 1, 10'000);
        const auto domains = call_.hypervisor().list();
        const auto active = std::count_if(domains.begin(), domains.end(), [](const auto& domain) {
            return domain.state != PowerState::halted;
        });
        if (active >= most)
            too_much("qemu-max-running");
    }

    void begin_record()
    {
        save(RunRecord::Phase::prepared);
        if_hung_ = spawner::start_when_hung(
            {program_directory() + "/qubes-mgmt-settle", "--abort-start", uuid_.text()});
    }

    void start_storage()
    {
        storage_gone_ = false;
        // Named before it is built: a killed start is taken back by what the record says.
        storage_.start([this](const std::string& role) {
            record_.volumes.push_back(role);
            save(RunRecord::Phase::prepared);
        });
    }

    void undo_storage()
    {
        if (!domain_gone_)
            return; // it may use them
        if (ran_)
            storage_.stop();
        else
            storage_.abort(record_.volumes);
        storage_gone_ = true;
    }

    // What could not be taken back stays recorded: the next settle finds it.
    void forget()
    {
        if (domain_gone_ && storage_gone_)
            RunRecord::remove(uuid_);
    }

    // Before our interface exists: the script that connects it reads this.
    void tell_netvm()
    {
        if (!plan_.netvm.empty())
            tell_of_clients(call_, call_.store().qube(plan_.netvm));
    }

    void define()
    {
        hooks("domain-pre-spawn");
        add_disks(plan_, storage_);
        define_domain(call_, plan_);
    }

    void create()
    {
        domain_gone_ = false; // a create that fails may have created: only the hypervisor knows
        record_.id = call_.hypervisor().start_paused(uuid_);
        save(RunRecord::Phase::created);
        netvm_.reset();
    }

    void destroy()
    {
        if (call_.hypervisor().status(uuid_).state != PowerState::halted)
            call_.hypervisor().destroy(uuid_);
        domain_gone_ = true;
    }

    void tell()
    {
        tell_at_start(call_, qube_);
        if (plan_.provides_network)
            tell_of_clients(call_, qube_);
        hooks("domain-qdb-create");
    }

    void resume()
    {
        hooks("domain-pre-unpaused");
        give_up_if_asked();
        ran_ = true;
        call_.hypervisor().resume(uuid_);
        if_hung_.reset(); // it runs, whatever else hangs
        hooks("domain-unpaused");
    }

    void failed(const Error& error)
    {
        if_hung_.reset(); // all has been taken back that can be
        note("domain-start-failed", {{"reason", error.text()}});
        run_hooks("domain-start-failed", qube_, {{"reason", error.text()}});
    }

    Call& call_;
    const Qube& qube_;
    Uuid uuid_;
    unsigned depth_;
    QubeStorage storage_;
    DomainPlan plan_;
    RunRecord record_;
    std::string guid_ = Uuid::random().text();
    std::optional<NamedLock> netvm_;
    std::unique_ptr<watchdog::LastPacket> if_hung_;
    bool ran_ = false;
    bool domain_gone_ = true;
    bool storage_gone_ = true;
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
