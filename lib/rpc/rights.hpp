// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a call may do once its request has been read: made from what its spec declares, and nothing
// else. What is derived here:
//
//   every call        reads the directory of the store; reads and writes /run/qubes-mgmt (index);
//                     not so a program for people that needs nothing
//   effect not read   writes the directory of the store, /var/lib/qubes-mgmt and /run/qubes; has a
//                     helper that runs hooks and the programs a running qube needs; Unix sockets
//   needs hypervisor  loads libvirt and reads its configuration; Unix sockets
//   needs storage     no limit of processor time
//   needs tables      has a helper that runs qubesdb-cmd
//   needs profiles    reads the profiles of backups, and what is kept of the last ones; a helper
//                     that measures the home of dom0's user
//   needs backup      threads, memory without limit, no limit of processor time, thousands of open
//                     files; files without a name in /var/tmp; a helper that starts qubes and runs
//                     services in them
//   needs events      no limit of processor time
//   needs signals     signals to processes outside
//   local shape       reads the directory of the program: the dom0 shell
//
// What depends on the machine (directories of pools, a session of libvirt) is added by call/rights.
#pragma once

#include "base/spawner.hpp"
#include "confine/confine.hpp"
#include "rpc/request.hpp"
#include "rpc/spec.hpp"

namespace qmgmt::rpc {

// What this request needs of what its spec declares.
[[nodiscard]] unsigned needs_of(const CallSpec& spec, const Request& request);

struct Preparation {
    Rights rights;
    // A helper for the call: with programs for changing calls, else only when somebody gives it an
    // errand.
    spawner::Allowed helper;
    bool has_helper = false;
};

// Makes the directories that a call may write to where they are missing: it cannot afterwards.
[[nodiscard]] Preparation preparation_for(const CallSpec& spec, const Request& request);

} // namespace qmgmt::rpc
