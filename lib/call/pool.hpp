// SPDX-License-Identifier: GPL-2.0-or-later
//
// Pools by name, and who uses them.
#pragma once

#include "call/call.hpp"
#include "storage/driver_table.hpp"
#include "store/effective.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

// Throws Error{protocol} for a name that cannot be one. A pool that `store` does not have is
// Error{pool_not_found} for dom0; anybody else is denied and learns nothing.
[[nodiscard]] const StoredPool& find_pool(const Call& call, const Store& store,
                                          std::string_view untrusted_name);
// Says so.
[[noreturn]] void refuse_unknown_pool(const Call& call);

// The value of an option, from the store or by default. The driver of the pool must have it.
[[nodiscard]] std::string pool_option(const StoredPool& pool, const DriverOption& option);

// Throws Error{pool_in_use} when a volume is in the pool, will be by the work of a call that still
// runs, or would be made in it by default.
void check_pool_unused(Call& call, const Store& store, Effective& effective,
                       const std::string& pool);

// Sets an option of the pool that the argument names; the same again changes nothing. A driver
// without the option takes only what is so anyway, `otherwise`. The value is in the form of a store
// or still to be checked by the driver's table.
[[nodiscard]] Reply set_pool_option(Call& call, std::string_view option, const std::string& value,
                                    std::string_view otherwise);

} // namespace qmgmt
