// SPDX-License-Identifier: GPL-2.0-or-later

#include "qube/create.hpp"

#include "base/error.hpp"
#include "call/permission.hpp"
#include "call/reconcile.hpp"
#include "life/property/live.hpp"
#include "life/refusal.hpp"
#include "life/settle.hpp"
#include "life/volume/import.hpp"
#include "names/names.hpp"
#include "qube/constrained.hpp"
#include "qube/creation.hpp"
#include "qube/numbers.hpp"
#include "rpc/progress.hpp"
#include "state/foreign_daemon.hpp"
#include "state/named_lock.hpp"

namespace qmgmt {
namespace {

constexpr int most_numbers_tried = 100;
constexpr std::uint64_t largest_image = std::uint64_t{1} << 40;

// The caller holds no lock yet; what others left of the name is cleared, and the store read anew.
Reply create_locked(Call& call, Creation& creation, const std::string& name)
{
    creation.check(call.store());
    const NamedLock lock = NamedLock::wait(qube_lock(name), LockMode::exclusive,
                                           call.lock_deadline(), call.request().program);
    reconcile_own_intent(call, name);
    call.refresh();
    return creation.run();
}

void wish_for_pools(CreationWish& wish, const CreateRequest& wanted)
{
    if (wanted.pool)
        wish.pool = wanted.pool->text();
    for (const auto& [role, pool] : wanted.pools)
        wish.pools.emplace(role, pool.text());
}

CreationWish wish_for_clone(Call& call, const CreateRequest& wanted)
{
    const Qube& like = call.destination();
    if (like.class_bit() != class_template && like.class_bit() != class_app &&
        like.class_bit() != class_standalone)
        throw Error{failure::unsupported,
                    "cannot clone '" + like.name() + "': no qube of its class is cloned"};
    SystemValues live{call};
    Effective effective{call.store(), live};
    CreationWish wish;
    wish.name = wanted.name.text();
    wish.klass = like.class_bit();
    wish.label = effective.text(like, "label");
    if (const Qube* base = effective.template_of(like))
        wish.base = base->name();
    wish.like = like.name();
    wish_for_pools(wish, wanted);
    return wish;
}

// Halted, and what its last run left committed.
void require_rest(Call& call, const Qube& like)
{
    if (settled_state(call, like) != PowerState::halted)
        throw not_halted(like.name());
    settle_volumes(call, like);
}

} // namespace

void check_may_create(Call& call)
{
    // Tags know no dots: such a caller could not be named in `created-by-`.
    if (call.source().find('.') != std::string::npos)
        throw Error{failure::bad_value, "a caller with a dot in its name cannot create qubes"};
    check_permission(call);
    if (foreign_daemon_runs())
        throw Error{failure::busy, "another manager owns the store"};
}

Reply create_qube(Call& call, const CreateRequest& wanted, unsigned klass,
                  std::string_view untrusted_template)
{
    call.constrain(constrained_creation(call, {.klass = klass,
                                               .label = wanted.label ? wanted.label->text() : "",
                                               .base = std::string{untrusted_template},
                                               .name = wanted.name.text()}));
    check_may_create(call);
    if (!untrusted_template.empty() && !QubeName::fault(untrusted_template).empty())
        throw Error{failure::bad_value, "the template is not a valid qube name"};
    CreationWish wish;
    wish.name = wanted.name.text();
    wish.klass = klass;
    if (wanted.label)
        wish.label = wanted.label->text();
    wish.base = untrusted_template;
    wish_for_pools(wish, wanted);
    Creation creation{call, std::move(wish)};
    if (call.request().dry_run)
        return creation.preview();
    return create_locked(call, creation, wanted.name.text());
}

Reply create_template(Call& call)
{
    const QubeName name = QubeName::parse(call.argument());
    call.constrain(constrained_creation(
        call, {.klass = class_template, .label = "black", .name = name.text()}));
    check_may_create(call);
    CreationWish wish;
    wish.name = name.text();
    wish.klass = class_template;
    wish.label = "black";
    auto input = standard_input(call);
    std::optional<StopSignals> signals; // from when there is something to take back
    wish.root_image = [&](Pool& pool, const Volume& root) {
        input.heed(signals.emplace());
        rpc::ProgressLine line{call.request()};
        return receive_image(pool, root, largest_image, input,
                             [&](std::uint64_t done) { line.reached(done); });
    };
    Creation creation{call, std::move(wish)};
    return create_locked(call, creation, name.text());
}

Reply clone_qube(Call& call, const CreateRequest& wanted)
{
    call.constrain(constrained_creation(call, {.name = wanted.name.text(), .is_clone = true}));
    check_may_create(call);
    if (call.request().dry_run)
        return Creation{call, wish_for_clone(call, wanted)}.preview();
    const std::string source = call.destination_name();
    const NamedLock lock = NamedLock::wait(qube_lock(source), LockMode::exclusive,
                                           call.lock_deadline(), call.request().program);
    call.refresh();
    CreationWish wish = wish_for_clone(call, wanted);
    require_rest(call, call.destination());
    lock.share(); // nobody starts it while it is read; others may clone it, too
    Creation creation{call, std::move(wish)};
    return create_locked(call, creation, wanted.name.text());
}

Reply create_disposable(Call& call, bool reply_with_uuid)
{
    CreationWish wish;
    wish.klass = class_disp;
    wish.base = disposable_base(call);
    call.constrain(constrained_creation(call, {.klass = class_disp, .base = wish.base}));
    check_may_create(call);
    wish.unnamed = true;
    for (int i = 0; i < most_numbers_tried; ++i) {
        wish.dispid = free_dispid(call.store());
        wish.name = "disp" + std::to_string(*wish.dispid);
        Creation creation{call, wish};
        if (call.request().dry_run)
            return creation.preview();
        try {
            creation.check(call.store());
            const auto lock = NamedLock::try_lock(qube_lock(wish.name), LockMode::exclusive,
                                                  call.request().program);
            if (!lock)
                continue; // somebody makes or ends one of that name
            reconcile_own_intent(call, wish.name);
            call.refresh();
            static_cast<void>(creation.run());
        } catch (const Error& error) {
            if (error.type() != failure::vm_already_exists)
                throw;
            call.refresh(); // somebody was faster
            continue;
        }
        return Reply{reply_with_uuid ? "uuid:" + creation.uuid().text() : wish.name};
    }
    throw Error{failure::failed, "cannot create a disposable: no number for it is free"};
}

} // namespace qmgmt
