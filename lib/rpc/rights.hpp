// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a call may do once its request has been read: made from what its spec declares, and nothing
// else. What is derived here:
//
//   every call        reads the directory of the store; reads and writes /run/qubes-mgmt (index)
//   effect not read   writes the directory of the store, /var/lib/qubes-mgmt and /run/qubes; has a
//                     helper that runs the programs of `helper_programs` for it; Unix sockets
//   needs hypervisor  loads libvirt, reads its configuration, uses its session's directory; Unix
//                     sockets
//   needs storage     no limit of processor time; the directories of the pools are added by who
//                     knows them (call/rights)
//   local shape       reads the directory of the program: the dom0 shell
#pragma once

#include "base/spawner.hpp"
#include "confine/confine.hpp"
#include "rpc/request.hpp"
#include "rpc/spec.hpp"

namespace qmgmt::rpc {

// What this request needs of what its spec declares.
[[nodiscard]] unsigned needs_of(const CallSpec& spec, const Request& request);

// Makes the directories that a call may write to where they are missing: it cannot afterwards.
[[nodiscard]] Rights rights_of(const CallSpec& spec, const Request& request);

// Hooks, and the programs of Qubes OS that a running qube needs.
[[nodiscard]] spawner::Allowed helper_programs();

} // namespace qmgmt::rpc
