// SPDX-License-Identifier: GPL-2.0-or-later
//
// The pools of a store, opened when first asked for.
#pragma once

#include "storage/pool.hpp"
#include "store/store.hpp"

#include <map>
#include <memory>
#include <string>

namespace qmgmt {

// As the drivers take it.
[[nodiscard]] PoolConfig config_of(const StoredPool& stored);

class PoolTable {
public:
    // `store` must outlive the table.
    explicit PoolTable(const Store& store) : store_{store} {}

    // Throws Error{pool_not_found} for a pool the store does not have, Error{storage} for one that
    // cannot be used.
    [[nodiscard]] Pool& pool(const std::string& name);

private:
    const Store& store_;
    std::map<std::string, std::unique_ptr<Pool>> open_;
};

} // namespace qmgmt
