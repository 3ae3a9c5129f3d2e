// SPDX-License-Identifier: GPL-2.0-or-later
//
// What running qubes are told about themselves, kept up to date (network/qube_table says what).
#pragma once

#include "call/call.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

// The whole table of a qube that is about to run, and its netvm's list of clients.
void tell_at_start(Call& call, const Qube& qube);

// The qube runs and its network has changed.
void tell_of_network(Call& call, const Qube& qube);

// The list of clients of a running netvm. When all that the store knows are more than QubesDB takes
// in one value, it is of those that run or are being started; Error{failed} when even they are.
void tell_of_clients(Call& call, const Qube& netvm);

// A feature of the qube was set, or removed; the store is asked anew. Nothing for qubes that do not
// run, and for features that qubes are not told of. Failures are logged.
void tell_of_feature(Call& call, const std::string& qube, std::string_view feature);

// The qube has stopped. Failures are logged.
void forget_told(Call& call, const Qube& qube);

} // namespace qmgmt
