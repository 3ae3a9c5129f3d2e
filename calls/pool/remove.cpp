// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.pool.Remove: take a pool out of the store; what is on disk stays. One that a volume is in,
// or that is a default pool, by choice or by itself, is in use.
//   destination: dom0   argument: the pool   input: none   reply: empty

#include "call/edit.hpp"
#include "call/pool.hpp"
#include "life/property/live.hpp"
#include "state/named_lock.hpp"

#include <optional>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.pool.Remove",
    .summary = "Remove a pool, not its data",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "pool",
    .effect = Effect::write,
    .scope = Scope::global,
};

static Reply remove(Call& call)
{
    std::optional<NamedLock> lock;
    if (!call.request().dry_run) {
        call.act();
        const std::string name = find_pool(call, call.store(), call.argument()).name;
        lock = NamedLock::wait("pool/" + name, LockMode::exclusive, call.lock_deadline(),
                               call.request().program);
    }
    auto edit = call.edit();
    const Store& store = edit.store();
    const std::string name = find_pool(call, store, call.argument()).name;
    SystemValues live{call};
    Effective effective{store, live};
    check_pool_unused(call, store, effective, name);
    edit.remove_pool(name);
    return edit.commit();
}

int main(int argc, char** argv)
{
    return run(spec, remove, argc, argv);
}
