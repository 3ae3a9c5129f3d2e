// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/network/firewall_change.hpp"

namespace qmgmt {

Reply change_firewall(Call& call, const FirewallChange& change)
{
    Edit edit = call.edit();
    edit_firewall(edit, edit.destination(), change);
    return edit.commit();
}

} // namespace qmgmt
