// SPDX-License-Identifier: GPL-2.0-or-later
//
// Tables below /local/domain/<id>/qubesdb in xenstore, which their own domain may read: for Xen
// without QubesDB.
#pragma once

#include "hypervisor/xenstore.hpp"
#include "network/table_store.hpp"

#include <functional>

namespace qmgmt {

// `open` is asked when there is something to write. What xenstore does not take in a name stands
// there as `@` and two hexadecimal digits: "mapped-ip/10@2e137@2e0@2e4/visible-ip".
[[nodiscard]] std::unique_ptr<TableStore>
xenstore_tables(std::function<std::unique_ptr<Xenstore>()> open = open_xenstore);

} // namespace qmgmt
