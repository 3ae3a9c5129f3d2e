// SPDX-License-Identifier: GPL-2.0-or-later
//
// The end of a domain, whatever it was doing.
#pragma once

#include "call/call.hpp"

namespace qmgmt {

// Destroys the qube's domain and waits until it is gone. One that is not there, or goes by itself
// meanwhile, is success. Throws what the hypervisor throws, and Error{timeout} for a domain that
// does not go within ten seconds.
void destroy_domain(Call& call, const Qube& qube);

} // namespace qmgmt
