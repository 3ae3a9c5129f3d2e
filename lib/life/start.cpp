// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/start.hpp"

#include "base/config.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/steps.hpp"
#include "call/reconcile.hpp"
#include "life/domain_of.hpp"
#include "life/power_state.hpp"
#include "life/property_live.hpp"
#include "life/run_record.hpp"
#include "life/settle.hpp"
#include "state/foreign_daemon.hpp"
#include "state/journal.hpp"
#include "state/named_lock.hpp"
#include "storage/volume_state.hpp"

#include <csignal>
#include <unistd.h>

namespace qmgmt {
namespace {

// The caller closing its end, or qrexec's signals, must not stop a start half way.
void hold_signals()
{
    sigset_t held;
    sigemptyset(&held);
    for (const int number : {SIGPIPE, SIGTERM, SIGHUP, SIGINT})
        sigaddset(&held, number);
    ::sigprocmask(SIG_BLOCK, &held, nullptr);
}

class Start {
public:
    Start(Call& call, const Qube& qube)
        : call_{call}, qube_{qube}, uuid_{uuid_of(qube)}, volumes_{volumes_of(call, qube)},
          pools_{call.store()}
    {
        record_.name = qube.name();
        record_.boot_id = RunRecord::present_boot();
        record_.starter = ::getpid();
        SystemValues live{call};
        record_.netvm = Effective{call.store(), live}.text(qube, "netvm");
    }

    void run()
    {
        Steps steps{[this](std::string_view step, const std::exception& error) {
            log_warning("cannot undo '" + std::string{step} + "' of a start of '" + qube_.name() +
                        "': " + error.what() + ", ignoring");
        }};
        steps.add({"verify storage", [this] { verify(); }});
        steps.add({"run record", [this] { prepare(); }, [this] { forget(); }});
        steps.add({"start storage", [this] { start_storage(); }, [this] { undo_storage(); }});
        steps.add({"define", [this] { define(); }});
        steps.add({"create", [this] { create(); }, [this] { destroy(); }});
        steps.add({"resume", [this] { call_.hypervisor().resume(uuid_); }});
        steps.add({"record", [this] { save(RunRecord::Phase::running); }});
        hold_signals();
        try {
            steps.run();
        } catch (const Error& error) {
            note("domain-start-failed", {{"reason", error.text()}});
            throw;
        }
        note("domain-start", {{"start_guid", ""}});
    }

private:
    void note(std::string name, std::vector<std::pair<std::string, std::string>> keys)
    {
        journal({{qube_.name(), std::move(name), std::move(keys), qube_.klass(), qube_.tags()}});
    }

    void save(RunRecord::Phase phase)
    {
        record_.phase = phase;
        record_.save(uuid_);
    }

    void verify()
    {
        for (const Volume& volume : volumes_) {
            if (!volume.vid.empty())
                pools_.pool(volume.pool).verify(volume);
        }
    }

    void prepare()
    {
        note("domain-pre-start", {{"start_guid", ""}, {"mem_required", "0"}});
        save(RunRecord::Phase::prepared);
    }

    void start_storage()
    {
        for (const Volume& volume : volumes_) {
            if (volume.kind() == VolumeKind::fixed)
                continue;
            // Named before it is built: a killed start is taken back by what the record says.
            if (!pools_.pool(volume.pool).is_started(volume)) {
                record_.volumes.push_back(volume.role);
                save(RunRecord::Phase::prepared);
            }
            if (pools_.pool(volume.pool).start(volume))
                built_.push_back(&volume);
            mark_volume_running(volume.pool, volume.vid, qube_.name());
        }
    }

    void forget()
    {
        if (domain_gone_)
            RunRecord::remove(uuid_);
    }

    void undo_storage()
    {
        if (!domain_gone_)
            return; // it may use them; the record tells the next settle
        for (const Volume* volume : built_)
            pools_.pool(volume->pool).abort(*volume);
        for (const Volume& volume : volumes_)
            clear_volume_running(volume.pool, volume.vid);
    }

    void define()
    {
        const DomainPlan plan = domain_of(call_, qube_, volumes_, pools_);
        const QemuNet net = config().word("qemu-net", "none", {"none", "user"}) == "user"
                                ? QemuNet::user
                                : QemuNet::none;
        if (call_.hypervisor().kind() == Hypervisor::Kind::xen)
            throw Error{failure::unsupported, "starting qubes on Xen is not available yet"};
        call_.hypervisor().define(uuid_, qemu_domain_xml(plan, net));
    }

    void create()
    {
        record_.id = call_.hypervisor().start_paused(uuid_);
        created_ = true;
        save(RunRecord::Phase::created);
    }

    void destroy()
    {
        domain_gone_ = false;
        // A create that failed may have created: only the hypervisor knows.
        if (created_ || call_.hypervisor().status(uuid_).state != PowerState::halted)
            call_.hypervisor().destroy(uuid_);
        domain_gone_ = true;
    }

    Call& call_;
    const Qube& qube_;
    Uuid uuid_;
    std::vector<Volume> volumes_;
    PoolTable pools_;
    RunRecord record_;
    std::vector<const Volume*> built_;
    bool created_ = false;
    bool domain_gone_ = true; // false while undoing, until it is certain
};

} // namespace

void start_qube(Call& call)
{
    const Qube& qube = call.destination();
    if (foreign_daemon_runs())
        throw Error{failure::busy, "another manager owns the store"};
    reconcile_intents(call);
    const NamedLock lock = NamedLock::wait(qube_lock(qube.name()), LockMode::exclusive,
                                           call.lock_deadline(), call.request().program);
    settle(call, qube);
    switch (power_state(call, qube)) {
    case PowerState::halted: break;
    case PowerState::running:
    case PowerState::transient: return;
    default: throw Error{failure::not_halted, "qube '" + qube.name() + "' is not halted"};
    }
    Start{call, qube}.run();
}

} // namespace qmgmt
