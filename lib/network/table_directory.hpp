// SPDX-License-Identifier: GPL-2.0-or-later
//
// Tables as files, one a key, below /run/qubes-mgmt/qdb/<uuid>: for guests that have no QubesDB,
// and for whoever wants to look. A reader sees a value old or new. The root of a tree that was
// published, which is a directory here, has its value in a file `~` in it.
#pragma once

#include "network/table_store.hpp"

namespace qmgmt {

[[nodiscard]] std::unique_ptr<TableStore> directory_tables();

} // namespace qmgmt
