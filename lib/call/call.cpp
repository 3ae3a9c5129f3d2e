// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/call.hpp"

#include "base/config.hpp"
#include "base/error.hpp"
#include "call/call_constraints.hpp"
#include "call/edit.hpp"
#include "call/permission.hpp"
#include "call/reconcile.hpp"
#include "call/rights.hpp"
#include "call/visibility.hpp"
#include "policy/stored_party.hpp"
#include "rpc/run.hpp"
#include "state/foreign_daemon.hpp"

namespace qmgmt {
namespace {

constexpr std::chrono::seconds lock_patience{30};

} // namespace

HypervisorConfig hypervisor_config()
{
    const Config& settings = config();
    HypervisorConfig found;
    found.connection = settings.text("hypervisor", "auto");
    found.socket = settings.yes("lvrpc", true);
    found.libxl = settings.yes("libxl", true);
    const auto seconds = [&](std::string_view key, std::chrono::milliseconds usual) {
        return settings.seconds(key, usual);
    };
    found.open = seconds("timeout-open", found.open);
    found.read = seconds("timeout-read", found.read);
    found.define = seconds("timeout-define", found.define);
    found.start = seconds("timeout-start", found.start);
    found.resume = seconds("timeout-resume", found.resume);
    found.shutdown = seconds("timeout-shutdown", found.shutdown);
    found.destroy = seconds("timeout-destroy", found.destroy);
    found.attach = seconds("timeout-attach", found.attach);
    return found;
}

std::optional<Dialect> configured_dialect()
{
    const std::string dialect = config().word("store-dialect", "auto", {"auto", "r40", "current"});
    if (dialect == "r40")
        return Dialect::r40;
    if (dialect == "current")
        return Dialect::current;
    return std::nullopt;
}

Call::Call(const CallSpec& spec, Request& request)
    : spec_{spec}, request_{request}, constraints_{std::make_unique<CallConstraints>(*this)}
{
    if (request.timeout)
        overall_ = Deadline::in(*request.timeout);
    if (about_a_qube())
        resolve_destination();
}

bool Call::about_a_qube() const
{
    return spec_.destination == Destination::qube || spec_.destination == Destination::not_dom0 ||
           spec_.destination == Destination::dom0_or_qube;
}

Call::~Call() = default;

void Call::resolve_destination()
{
    const std::string& asked = request_.destination;
    if (!asked.starts_with("uuid:")) {
        destination_name_ = asked;
        if (asked != "dom0" && !store().index().find(asked))
            throw Error{failure::vm_not_found, "no qube named '" + asked + "'"};
        return;
    }
    const auto entry = store().index().find_uuid(std::string_view{asked}.substr(5));
    if (!entry)
        throw Error{failure::vm_not_found, "no qube has this uuid"};
    destination_name_ = std::string{entry->name};
}

const Store& Call::store()
{
    if (!fresh_) {
        versions_.push_back(std::make_unique<Store>(Store::open(configured_dialect())));
        fresh_ = true;
    }
    return *versions_.back();
}

const Qube& Call::destination()
{
    const Qube& qube = store().qube(destination_name());
    const std::string uuid = qube.property("uuid").value_or("");
    if (!destination_uuid_)
        destination_uuid_ = uuid;
    if (*destination_uuid_ != uuid) // removed meanwhile, and another of its name made
        throw Error{failure::vm_not_found, "no qube named '" + qube.name() + "'"};
    return qube;
}

const std::string& Call::destination_name()
{
    if (!destination_name_)
        destination_name_ = request_.destination;
    return *destination_name_;
}

bool Call::has_hypervisor() const
{
    return config().text("hypervisor", "auto") != "offline";
}

Hypervisor& Call::hypervisor()
{
    if (!hypervisor_) {
        HypervisorConfig config = hypervisor_config();
        config.reads_only = spec_.effect == Effect::read;
        hypervisor_ = connect_hypervisor(config);
    }
    return *hypervisor_;
}

void Call::answer_when_hung(Reply reply) const
{
    rpc::answer_when_hung(spec_, request_, std::move(reply));
}

const Visibility* Call::visibility()
{
    if (!visibility_ && !sees_everything(request_))
        visibility_ = std::make_unique<Visibility>(request_, store().index());
    return visibility_.get();
}

bool Call::may_see(std::string_view qube)
{
    const Visibility* visibility = this->visibility();
    return visibility == nullptr || qube == destination_name() ||
           visibility->shows(party_of(store().index(), qube));
}

bool Call::may_see(const IndexEntry& qube)
{
    const Visibility* visibility = this->visibility();
    return visibility == nullptr || visibility->shows(party_of(qube));
}

Deadline Call::deadline(std::chrono::milliseconds usual) const
{
    const Deadline own = Deadline::in(usual);
    return overall_ ? own.sooner(*overall_) : own;
}

Deadline Call::lock_deadline() const
{
    return deadline(lock_patience);
}

void Call::constrain(std::unique_ptr<ConstrainedChange> change)
{
    constraints_->describe(std::move(change));
}

void Call::confirm_permission(const Store& locked)
{
    constraints_->check(locked);
}

// Whoever is refused does not even wait for the lock.
Edit Call::edit()
{
    check_permission(*this);
    Edit edit = edit_again();
    confirm_permission(edit.store());
    if (about_a_qube())
        static_cast<void>(edit.destination());
    return edit;
}

void Call::act()
{
    check_permission(*this);
    if (foreign_daemon_runs())
        throw Error{failure::busy, "another manager owns the store"};
    reconcile_intents(*this);
    refresh();
    confirm_permission(store());
    static_cast<void>(destination());
}

Edit Call::edit_again()
{
    if (!permitted_)
        check_permission(*this);
    if (foreign_daemon_runs())
        throw Error{failure::busy, "another manager owns the store"};
    if (!request_.dry_run)
        reconcile_intents(*this);
    return Edit{*this, lock_deadline()};
}

namespace {

// What is wrong with a request that the caller may not make anyway is not the caller's to know.
Reply perform(Call& call, CallBody body)
{
    try {
        return body(call);
    } catch (const Error&) {
        deny_if_constrained(call);
        throw;
    }
}

} // namespace

int run(const CallSpec& spec, CallBody body, int argc, char** argv)
{
    return rpc::run(
        spec,
        [&](Request& request) {
            Call call{spec, request};
            Reply reply = perform(call, body);
            for (const std::string& warning : call.warnings())
                reply.warn(warning);
            return reply;
        },
        argc, argv,
        [&](const Request& request, rpc::Preparation& prepared) {
            prepare_rights(spec, request, prepared);
        },
        [&](const Request& request) { return machine_needs_root(spec, request); });
}

} // namespace qmgmt
