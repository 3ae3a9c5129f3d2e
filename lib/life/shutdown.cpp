// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/shutdown.hpp"

#include "base/error.hpp"
#include "base/wait.hpp"
#include "life/hooks.hpp"
#include "life/network/clients.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/refusal.hpp"
#include "life/settle.hpp"
#include "names/number.hpp"
#include "state/journal.hpp"
#include "state/named_lock.hpp"

#include <algorithm>
#include <set>

namespace qmgmt {
namespace {

constexpr std::chrono::milliseconds poll{100};
// A guest that is still in its boot loader loses the request.
constexpr std::chrono::seconds repeat_request{5};

NamedLock lock(Call& call)
{
    NamedLock held = NamedLock::wait(qube_lock(call.destination_name()), LockMode::exclusive,
                                     call.lock_deadline(), call.request().program);
    call.refresh();
    return held;
}

// Who would lose its network, its windows or its sound.
std::set<std::string> running_users(Call& call, const Qube& qube)
{
    const Store& store = call.store();
    SystemValues live{call};
    Effective effective{store, live};
    std::set<std::string> users;
    if (effective.text(qube, "provides_network") == "True") {
        for (std::string& name : clients_of(store, effective, qube.name()))
            users.insert(std::move(name));
    }
    for (const std::string& name : store.names()) {
        const Qube* other = store.dialect() == Dialect::current ? store.find_any(name) : nullptr;
        if (other == nullptr || name == "dom0" || name == qube.name())
            continue;
        for (const std::string_view property : {"guivm", "audiovm"}) {
            if (effective.text(*other, property) == qube.name())
                users.insert(name);
        }
    }
    if (users.empty())
        return users;
    const PowerStates states = PowerStates::of_all(call);
    // A disposable made in advance waits for its use: it needs nothing yet.
    std::erase_if(users, [&](const std::string& name) {
        const Qube& user = store.qube(name);
        return states.of(user) == PowerState::halted ||
               effective.text(user, "is_preload") == "True";
    });
    return users;
}

std::string joined(const std::set<std::string>& names)
{
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

void note(const Qube& qube, std::string name, std::string key, std::string value)
{
    journal({{qube.name(),
              std::move(name),
              {{std::move(key), std::move(value)}},
              qube.klass(),
              qube.tags()}});
}

void failed(const Qube& qube, const std::string& reason)
{
    note(qube, "domain-shutdown-failed", "reason", reason);
    run_hooks("domain-shutdown-failed", qube, {{"reason", reason}});
}

// What the present state makes of the wish.
enum class Way { nothing, ask, destroy, under_way };

Way way_for(PowerState state, bool force, const std::string& name)
{
    switch (state) {
    case PowerState::halted: return Way::nothing;
    case PowerState::running:
    case PowerState::transient: return Way::ask;
    case PowerState::halting:
    case PowerState::dying: return Way::under_way;
    case PowerState::paused:
    case PowerState::suspended:
    case PowerState::crashed:
    case PowerState::na: break;
    }
    if (force && state != PowerState::na)
        return Way::destroy;
    throw not_running(name);
}

void ask(Call& call, const Qube& qube, bool force)
{
    if (!force) {
        const auto users = running_users(call, qube);
        if (!users.empty())
            throw Error{failure::vm_in_use,
                        "There are other VMs connected to this VM: " + joined(users)};
    }
    const std::string word = force ? "True" : "False";
    run_hooks("domain-pre-shutdown", qube, {{"force", word}});
    note(qube, "domain-pre-shutdown", "force", word);
    try {
        call.hypervisor().request_shutdown(uuid_of(qube));
    } catch (const Error& error) {
        if (domain_status(call, qube).state == PowerState::halted)
            return; // it was faster
        failed(qube, error.text());
        throw;
    }
}

std::chrono::seconds patience(Call& call, const Qube& qube)
{
    SystemValues live{call};
    const auto seconds =
        parse_integer(Effective{call.store(), live}.text(qube, "shutdown_timeout"));
    return std::chrono::seconds{seconds && *seconds > 0 ? *seconds : 60};
}

// Nobody's lock is held meanwhile: a Kill may come in between, even a Start after it.
void wait_until_off(Call& call, const Qube& qube, int id)
{
    const Deadline deadline = call.deadline(patience(call, qube));
    Deadline again = Deadline::in(repeat_request);
    for (;;) {
        const DomainStatus status = domain_status(call, qube);
        if (status.state == PowerState::halted || status.id != id)
            return;
        if (deadline.passed())
            break;
        if (again.passed() && status.state == PowerState::running) {
            try {
                call.hypervisor().request_shutdown(uuid_of(qube));
            } catch (const Error& error) {
                if (error.kind() != Failure::wrong_state)
                    throw; // it went while we asked
            }
            again = Deadline::in(repeat_request);
        }
        wait(std::min(poll, deadline.left()));
    }
    failed(qube, "it did not stop in time");
    throw Error{failure::shutdown_timeout, "Domain shutdown timed out: '" + qube.name() + "'"};
}

} // namespace

ShutdownWish ShutdownWish::parse(std::string_view untrusted)
{
    if (untrusted.empty())
        return {};
    if (untrusted == "force")
        return {.force = true};
    if (untrusted == "wait")
        return {.wait = true};
    if (untrusted == "force+wait")
        return {.force = true, .wait = true};
    throw Error{failure::protocol, "the argument is neither force, wait nor force+wait"};
}

void shutdown_qube(Call& call, ShutdownWish wish)
{
    call.act();
    int id = -1;
    {
        const NamedLock held = lock(call);
        const Qube& qube = call.destination();
        const PowerState state = settled_state(call, qube);
        id = domain_status(call, qube).id;
        switch (way_for(state, wish.force, qube.name())) {
        case Way::nothing: return;
        case Way::under_way: break;
        case Way::ask: ask(call, qube, wish.force); break;
        case Way::destroy:
            call.hypervisor().destroy(uuid_of(qube));
            settle(call, qube);
            return;
        }
    }
    if (!wish.wait)
        return;
    const Qube& qube = call.destination();
    wait_until_off(call, qube, id);
    const NamedLock held = lock(call);
    if (call.store().index().find(call.destination_name())) // a disposable may be gone
        settle(call, call.destination());
}

} // namespace qmgmt
