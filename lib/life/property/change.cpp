// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/property/change.hpp"

#include "base/error.hpp"
#include "life/network/netvm_change.hpp"
#include "life/network/told.hpp"
#include "life/property/constrained.hpp"
#include "life/property/effect.hpp"
#include "life/property/icon_link.hpp"
#include "life/property/live.hpp"
#include "life/property/memory_limit.hpp"
#include "life/property/rule.hpp"
#include "life/settle.hpp"
#include "names/names.hpp"

namespace qmgmt {
namespace {

[[noreturn]] void no_such_property(std::string_view owner)
{
    throw Error{failure::no_such_property, std::string{owner} + " has no property of that name"};
}

Running who_runs(Call& call, const PropertyRow& row)
{
    Running running;
    if (asks_who_runs(row) && call.has_hypervisor())
        running.states = PowerStates::of_all(call);
    return running;
}

std::optional<std::string> old_wire_value(const PropertyValue& before)
{
    return before.is_default ? std::nullopt : std::optional{before.text};
}

} // namespace

unsigned needs_to_read_property(const Request& request)
{
    const std::string_view name = request.argument;
    unsigned needs = needs_store;
    // The latter: of a machine with Xen, which alone knows them (life/property/live).
    if (name == "xid" || ((name == "start_time" || name == "maxmem" || name == "no_cpus") &&
                          is_xen(hypervisor_config())))
        needs |= needs_hypervisor;
    if (name == "kernelopts")
        needs |= needs_kernels; // a kernel may bring its own
    return needs;
}

unsigned needs_to_change_property(const Request& request)
{
    unsigned needs = needs_to_read_property(request);
    for (const auto rows : {qube_properties(), global_properties()}) {
        for (const PropertyRow& row : rows) {
            if (row.name != request.argument)
                continue;
            if (asks_who_runs(row) || row.effect == PropertyEffect::clockvm)
                needs |= needs_hypervisor;
            if (row.effect == PropertyEffect::template_qube)
                needs |= needs_storage; // its volumes now come from another
        }
    }
    return needs;
}

const PropertyRow& property_row(const Store& store, const Qube& qube,
                                std::string_view untrusted_name)
{
    const PropertyName name = PropertyName::parse(untrusted_name);
    if (qube.class_bit() == 0)
        throw Error{failure::unsupported,
                    "the class of '" + qube.name() + "' is not one of those known here"};
    const PropertyRow* row = find_property(name.text(), qube.class_bit(), store.dialect());
    if (row == nullptr)
        no_such_property("qube '" + qube.name() + "'");
    return *row;
}

const PropertyRow& global_row(const Store& store, std::string_view untrusted_name)
{
    const PropertyName name = PropertyName::parse(untrusted_name);
    const PropertyRow* row = find_global(name.text(), store.dialect());
    if (row == nullptr)
        no_such_property("the system");
    return *row;
}

namespace {

using Value = std::optional<std::string>; // nothing: reset

void check(PropertyRules& rules, const Qube& qube, const PropertyRow& row, const Value& value)
{
    if (value)
        rules.check_set(qube, row, *value);
    else
        rules.check_reset(qube, row);
}

// The change itself, under the store's lock.
Reply edit_property(Call& call, const PropertyRow& row, const Value& value, const Running& running,
                    const NetvmChange& network)
{
    Edit edit = call.edit();
    SystemValues live{call};
    Effective effective{edit.store(), live};
    PropertyRules rules{edit.store(), effective, running};
    const std::string name = call.destination_name();
    check(rules, edit.destination(), row, value);
    const bool live_value = row.from(edit.store().dialect()) == DefaultFrom::live;
    const PropertyValue before =
        live_value ? PropertyValue{} : effective.value(edit.destination(), row);
    const bool changed =
        value ? edit.set_property(name, row.name, *value, old_wire_value(before), *value)
              : edit.reset_property(name, row.name, old_wire_value(before));
    if (!changed)
        return edit.commit();
    const std::string after = live_value ? "" : effective.value(edit.destination(), row).text;
    apply_effect(call, edit, row, name, before.text, after);
    network.defer(edit);
    return edit.commit();
}

Reply edit_global(Call& call, const PropertyRow& row, const Value& value, const Running& running,
                  const NetvmChange& network)
{
    Edit edit = call.edit();
    SystemValues live{call};
    Effective effective{edit.store(), live};
    PropertyRules rules{edit.store(), effective, running};
    const PropertyValue before = effective.global(row);
    rules.check_global(row, value ? *value : effective.global_default(row).text);
    const bool changed = value ? edit.set_global(row.name, *value, old_wire_value(before), *value)
                               : edit.reset_global(row.name, old_wire_value(before));
    if (changed)
        apply_effect(call, edit, row, "", before.text, effective.global(row).text);
    network.defer(edit);
    return edit.commit();
}

// Guests let go of their netvm first, when the change is one that would be made; if it is not made
// after all, they get it back.
template<typename Change>
Reply with_network(NetvmChange& network, Change change)
{
    network.disconnect();
    try {
        Reply reply = change();
        network.connect();
        return reply;
    } catch (...) {
        network.take_back();
        throw;
    }
}

std::string global_text(Call& call, const PropertyRow& row)
{
    SystemValues live{call};
    return Effective{call.store(), live}.global(row).text;
}

// The qube that kept the time and the one that does so now hear of it while they run.
void tell_of_clock(Call& call, const PropertyRow& row, const std::string& before)
{
    call.refresh();
    const std::string now = global_text(call, row);
    for (const std::string& qube : {before, now}) {
        if (!qube.empty() && before != now)
            tell_of_feature(call, qube, clock_feature);
    }
}

} // namespace

Reply change_property(Call& call, const PropertyRow& row, std::optional<std::string> value)
{
    if (!value && row.rule == PropertyRule::read_only)
        return {}; // there is nothing to reset
    call.constrain(constrained_property(call, row, value));
    Running running = who_runs(call, row);
    NetvmChange network{call};
    const Qube& qube = call.destination();
    const bool runs = running.active(qube);
    if (runs && row.effect == PropertyEffect::maxmem && call.store().dialect() == Dialect::current)
        running.plugged_domain = plugged_domain(call, qube);
    if (!runs && row.rule == PropertyRule::template_qube && !call.request().dry_run)
        settle_if_free(call, qube);
    if (runs && row.effect == PropertyEffect::netvm && !call.request().dry_run) {
        call.act();
        SystemValues live{call};
        Effective effective{call.store(), live};
        PropertyRules rules{call.store(), effective, running};
        check(rules, call.destination(), row, value);
        network.include(qube.name(),
                        value ? *value : effective.default_value(call.destination(), row).text);
    }
    Reply reply =
        with_network(network, [&] { return edit_property(call, row, value, running, network); });
    if (row.effect == PropertyEffect::label && !call.request().dry_run) {
        call.refresh();
        update_icon_link(call, call.destination_name());
    }
    // Also when it was so already: the last time may have come to nothing.
    if (running.plugged_domain && !call.request().dry_run)
        follow_with_memory_limit(call, call.destination_name(), *running.plugged_domain);
    return reply;
}

Reply change_global(Call& call, const PropertyRow& row, std::optional<std::string> value)
{
    if (!value && row.rule == PropertyRule::read_only)
        return {};
    call.constrain(constrained_global(call, row, value));
    const Running running = who_runs(call, row);
    NetvmChange network{call};
    if (running.states && row.effect == PropertyEffect::default_netvm && !call.request().dry_run) {
        call.act();
        SystemValues live{call};
        Effective effective{call.store(), live};
        PropertyRules rules{call.store(), effective, running};
        const std::string to = value ? *value : effective.global_default(row).text;
        rules.check_global(row, to);
        for (const std::string& name : rules.netvm_by_default()) {
            if (running.active(call.store().qube(name)))
                network.include(name, to);
        }
    }
    const std::string before = global_text(call, row);
    Reply reply =
        with_network(network, [&] { return edit_global(call, row, value, running, network); });
    if (row.effect == PropertyEffect::clockvm && !call.request().dry_run)
        tell_of_clock(call, row, before);
    return reply;
}

} // namespace qmgmt
