// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a qube's agent writes about its devices into the qube's table, and reads there.
#pragma once

#include "call/call.hpp"
#include "network/table_store.hpp"

#include <memory>
#include <string_view>

namespace qmgmt {

// What stands below `part` in the table of a running qube, or of dom0. Untrusted. Nothing, and a
// warning, where this machine has no place for tables, or a call that only reads may not read
// there. Throws Error{failed}.
[[nodiscard]] QubeTable exposed_table(Call& call, const Qube& backend, std::string_view part);

// Where such tables live; null where this machine has no place for them.
[[nodiscard]] std::unique_ptr<TableStore> device_tables(Call& call);

} // namespace qmgmt
