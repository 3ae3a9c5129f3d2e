// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/network/firewall_change.hpp"

#include "base/error.hpp"
#include "life/network/firewall.hpp"
#include "state/journal.hpp"

#include <ctime>

namespace qmgmt {
namespace {

// Nobody waits for the store while a netvm is told.
Reply store_change(Call& call, const FirewallChange& change)
{
    Edit edit = call.edit();
    edit_firewall(edit, edit.destination(), change);
    return edit.commit();
}

// Also of what was stored before: a repetition tries again to tell the netvm.
void apply(Call& call, const Reply& reply)
{
    if (call.request().dry_run)
        return;
    call.refresh();
    if (call.store().index().find(call.destination_name())) // nobody has removed it meanwhile
        apply_firewall(call, call.destination(), reply);
}

} // namespace

Reply change_firewall(Call& call, const FirewallChange& change)
{
    Reply reply = store_change(call, change);
    apply(call, reply);
    return reply;
}

Reply insert_rule(Call& call, const RulePlace& place, const Rule& rule)
{
    if (rule.is_expired(std::time(nullptr)))
        throw Error{failure::bad_value, "the rule has expired already"};
    std::string id;
    Reply reply =
        store_change(call, [&](RuleList& rules) { id = rules.insert(place, rule).text(); });
    if (!call.request().dry_run)
        reply = Reply{id};
    apply(call, reply);
    return reply;
}

void reload_firewall_of_destination(Call& call)
{
    call.act();
    static_cast<void>(firewall_of(call.destination())); // of rules that can be read
    reload_firewall(call, call.destination());
    const Qube& qube = call.destination();
    journal({{qube.name(), "firewall-changed", {}, qube.klass(), qube.tags()}});
}

} // namespace qmgmt
