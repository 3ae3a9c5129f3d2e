// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/start/attempt.hpp"

#include "base/loadable.hpp"
#include "base/spawner.hpp"
#include "life/destroy.hpp"
#include "life/power_state.hpp"

#include <unistd.h>

namespace qmgmt {

Attempt::Attempt(Call& call, const Qube& qube)
    : call_{call}, qube_{qube}, uuid_{uuid_of(qube)}, storage_{call, qube}
{
    record_.name = qube.name();
    record_.boot_id = RunRecord::present_boot();
    record_.starter = ::getpid();
}

void Attempt::save(RunRecord::Phase phase)
{
    record_.phase = phase;
    record_.save(uuid_);
}

void Attempt::begin(const std::string& netvm)
{
    record_.netvm = netvm;
    save(RunRecord::Phase::prepared);
    if_hung_ = spawner::start_when_hung(
        {program_directory() + "/qubes-mgmt-settle", "--abort-start", uuid_.text()});
}

void Attempt::start_storage()
{
    storage_gone_ = false;
    // Named before it is built: a killed start is taken back by what the record says.
    storage_.start([this](const std::string& role) {
        record_.volumes.push_back(role);
        save(RunRecord::Phase::prepared);
    });
}

void Attempt::create()
{
    domain_gone_ = false; // a create that fails may have created: only the hypervisor knows
    record_.id = call_.hypervisor().start_paused(uuid_);
    save(RunRecord::Phase::created);
}

void Attempt::resume()
{
    ran_ = true;
    call_.hypervisor().resume(uuid_);
}

void Attempt::succeed()
{
    save(RunRecord::Phase::running);
}

void Attempt::destroy()
{
    destroy_domain(call_, qube_);
    domain_gone_ = true;
}

void Attempt::stop_storage()
{
    if (!domain_gone_)
        return; // it may use them
    if (ran_)
        storage_.stop();
    else
        storage_.abort(record_.volumes);
    storage_gone_ = true;
}

void Attempt::forget()
{
    if (is_gone())
        RunRecord::remove(uuid_);
}

} // namespace qmgmt
