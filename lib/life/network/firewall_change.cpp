// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/network/firewall_change.hpp"

#include "life/network/firewall.hpp"

namespace qmgmt {
namespace {

// Nobody waits for a netvm with the store's lock.
Reply store_change(Call& call, const FirewallChange& change)
{
    Edit edit = call.edit();
    edit_firewall(edit, edit.destination(), change);
    return edit.commit();
}

} // namespace

Reply change_firewall(Call& call, const FirewallChange& change,
                      const std::function<Reply()>& answer)
{
    Reply reply = store_change(call, change);
    if (call.request().dry_run)
        return reply;
    if (answer)
        reply = answer();
    apply_firewall(call, call.destination(), reply);
    return reply;
}

} // namespace qmgmt
