// SPDX-License-Identifier: GPL-2.0-or-later
//
// Tables in QubesDB: a daemon for each running qube, which hands the table on to the qube, and the
// programs that speak to it.
#pragma once

#include "network/table_store.hpp"

namespace qmgmt {

// Whether this machine has it.
[[nodiscard]] bool has_qubesdb();

// Beginning a run starts its daemon, which ends by itself when the domain goes.
[[nodiscard]] std::unique_ptr<TableStore> qubesdb_tables();

} // namespace qmgmt
