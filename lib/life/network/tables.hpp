// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where the tables of this machine's qubes live. Key `qubesdb` of mgmt.conf:
//   auto       on Xen as `required` where there is QubesDB, else as `xenstore`; elsewhere as `dir`
//   required   QubesDB
//   xenstore   below /local/domain/<id>/qubesdb
//   dir        a file a key below /run/qubes-mgmt/qdb/<uuid>
//   off        nowhere
#pragma once

#include "call/call.hpp"
#include "network/table_store.hpp"

namespace qmgmt {

// What the configuration says. Throws Error{unsupported} for QubesDB where there is none; xenstore
// that is not there is found out by what is written.
[[nodiscard]] std::unique_ptr<TableStore> table_store(bool on_xen);
// The same, for the hypervisor of the call.
[[nodiscard]] std::unique_ptr<TableStore> table_store(Call& call);

// Of a qube or of dom0. The hypervisor is asked for its domain.
[[nodiscard]] TableOwner table_owner(Call& call, const Qube& qube);

} // namespace qmgmt
