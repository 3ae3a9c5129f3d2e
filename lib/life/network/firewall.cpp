// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/network/firewall.hpp"

#include "base/config.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "call/firewall.hpp"
#include "life/network/firewall_trees.hpp"
#include "life/network/interface.hpp"
#include "life/network/tables.hpp"
#include "life/network/unapplied.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/run_record.hpp"
#include "names/number.hpp"
#include "state/named_lock.hpp"
#include "store/address.hpp"

#include <ctime>
#include <vector>

namespace qmgmt {
namespace {

constexpr const char* not_applied = "firewall stored, not applied";

NamedLock push_lock(Call& call, const std::string& qube)
{
    return NamedLock::wait("push/" + qube, LockMode::exclusive, call.lock_deadline(),
                           call.request().program);
}

std::string reason(const Error& error)
{
    return error.text() + (error.detail().empty() ? "" : " (" + error.detail() + ")");
}

std::vector<std::string> addresses_of(Effective& effective, const Qube& qube)
{
    std::vector<std::string> addresses;
    for (const char* const property : {"ip", "ip6"}) {
        if (std::string address = effective.text(qube, property); !address.empty())
            addresses.push_back(std::move(address));
    }
    return addresses;
}

// Those it has had, whatever its network is by now.
std::vector<std::string> former_addresses_of(const Qube& qube)
{
    const bool disposable = qube.class_bit() == class_disp;
    const auto id = parse_integer(qube.property(disposable ? "dispid" : "qid").value_or(""));
    std::vector<std::string> addresses;
    const auto add = [&](std::string_view property, auto computed) {
        if (auto stored = qube.property(property); stored && !stored->empty())
            addresses.push_back(std::move(*stored));
        else if (id && *id >= 0)
            addresses.push_back(computed(static_cast<unsigned>(*id), disposable));
    };
    add("ip", ipv4_of);
    add("ip6", ipv6_of);
    return addresses;
}

// What an old netvm does with the keys is nothing.
void look_who_applies(Effective& effective, const Qube& netvm)
{
    if (effective.feature_with_template(netvm, "qubes-firewall").value_or("").empty())
        log_warning(
            "the netvm '" + netvm.name() +
            "' does not have the feature 'qubes-firewall': it may apply no rules, ignoring");
}

// The caller has the lock.
void tell(Call& call, TableStore& tables, const Qube& qube, const Qube& netvm)
{
    SystemValues live{call};
    Effective effective{call.store(), live};
    tables.publish(table_owner(call, netvm), firewall_trees(addresses_of(effective, qube),
                                                            firewall_of(qube), std::time(nullptr)));
    look_who_applies(effective, netvm);
}

// The rules as they are now, to the netvm that the qube has now. A Start that is under way may have
// told it of older ones.
void tell_if_running(Call& call, TableStore& tables, const std::string& name)
{
    unapplied::note(name);
    const NamedLock lock = push_lock(call, name);
    call.refresh();
    const Qube* qube = call.store().find_any(name);
    SystemValues live{call};
    const Qube* netvm = qube == nullptr ? nullptr : Effective{call.store(), live}.netvm(*qube);
    if (netvm != nullptr &&
        (is_running(power_state(call, *qube)) || RunRecord::is_starting(uuid_of(*qube))) &&
        is_running(power_state(call, *netvm)))
        tell(call, tables, *qube, *netvm);
    unapplied::forget(name); // the next start tells the netvm of one that does not run
}

bool gets_interface(Call& call)
{
    switch (call.hypervisor().kind()) {
    case Hypervisor::Kind::xen: return true;
    case Hypervisor::Kind::qemu: return qemu_net() == QemuNet::user;
    case Hypervisor::Kind::offline:
    case Hypervisor::Kind::test: return false;
    }
    return true;
}

Error nobody_to_tell()
{
    return Error{failure::unsupported, "not available: no netvm can be told of firewall rules",
                 "qubesdb = off"};
}

void push(Call& call, const Qube& qube)
{
    const auto tables = table_store(call);
    if (!tables->is_somewhere()) {
        if (gets_interface(call))
            throw nobody_to_tell();
        return;
    }
    const NamedLock lock = push_lock(call, qube.name());
    SystemValues live{call};
    const Qube* netvm = Effective{call.store(), live}.netvm(qube);
    if (netvm != nullptr)
        tell(call, *tables, qube, *netvm);
}

} // namespace

void reload_firewall(Call& call, const Qube& qube)
{
    if (!call.has_hypervisor())
        return; // nobody runs
    const auto tables = table_store(call);
    if (!tables->is_somewhere())
        throw nobody_to_tell();
    tell_if_running(call, *tables, qube.name());
}

void apply_firewall(Call& call, const Qube& qube, const Reply& reply)
{
    Reply if_hung = reply;
    if_hung.warn(not_applied);
    call.answer_when_hung(std::move(if_hung));
    try {
        reload_firewall(call, qube);
    } catch (const Error& error) {
        const std::string text = "the firewall rules of '" + qube.name() +
                                 "' are stored, and not applied: " + reason(error);
        if (error.kind() == Failure::unsupported)
            log_warning(text + ", ignoring");
        else
            log_error(text);
        call.warn(not_applied);
    }
}

void push_firewall(Call& call, const Qube& qube)
{
    try {
        push(call, qube);
    } catch (const Error& error) {
        const std::string text =
            "the firewall rules of '" + qube.name() + "' do not reach its netvm";
        if (config().yes("firewall-required", true))
            throw Error{failure::vm_failed, text, reason(error)};
        log_error(text + ": " + reason(error));
    }
}

void withdraw_firewall(Call& call, const Qube& qube, const std::string& netvm) noexcept
{
    try {
        const Qube* provider = netvm.empty() ? nullptr : call.store().find_any(netvm);
        if (provider == nullptr || !is_running(power_state(call, *provider)))
            return;
        const auto tables = table_store(call);
        if (!tables->is_somewhere())
            return;
        const NamedLock lock = push_lock(call, qube.name());
        const TableOwner owner = table_owner(call, *provider);
        for (const std::string& address : former_addresses_of(qube))
            tables->remove(owner, firewall_key(address));
    } catch (const Error& error) {
        log_warning("cannot take the firewall rules of '" + qube.name() + "' from '" + netvm +
                    "': " + reason(error) + ", ignoring");
    }
}

} // namespace qmgmt
