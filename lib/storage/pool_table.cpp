// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/pool_table.hpp"

#include "base/error.hpp"

namespace qmgmt {

PoolConfig config_of(const StoredPool& stored)
{
    PoolConfig config{stored.name, stored.driver, {}};
    for (const Attribute& option : stored.options)
        config.options[option.name] = option.value;
    return config;
}

Pool& PoolTable::pool(const std::string& name)
{
    auto& slot = open_[name];
    if (!slot) {
        const StoredPool* stored = store_.pool(name);
        if (stored == nullptr)
            throw Error{failure::pool_not_found, "no pool named '" + name + "'"};
        slot = open_pool(config_of(*stored));
    }
    return *slot;
}

} // namespace qmgmt
