// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/pool_info.hpp"

#include "base/ascii.hpp"
#include "call/pool.hpp"
#include "storage/pool_place.hpp"
#include "storage/pool_table.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace qmgmt {
namespace {

constexpr std::size_t longest_value = 1024;

std::string row(std::string_view key, std::string_view value)
{
    return std::string{key} + "=" + printable(value, longest_value) + "\n";
}

void add_bytes(std::string& rows, std::string_view key, std::optional<std::uint64_t> bytes)
{
    if (bytes)
        rows += row(key, std::to_string(*bytes));
}

// A store of the older generation says nothing of ephemeral volumes, so neither do we.
bool shown(const Store& store, const StoredPool& pool, const DriverOption& option)
{
    if (!option.stored)
        return false;
    return store.dialect() == Dialect::current || option.name != "ephemeral_volatile" ||
           std::ranges::find(pool.options, option.name, &Attribute::name) != pool.options.end();
}

} // namespace

std::string pool_info(const Store& store, const StoredPool& pool)
{
    PoolTable pools{store};
    Pool& opened = pools.pool(pool.name);
    std::map<std::string_view, std::string> keys{{"name", pool.name}, {"driver", pool.driver}};
    if (const Driver* driver = find_driver(pool.driver))
        for (const DriverOption& option : driver->options)
            if (shown(store, pool, option))
                keys[option.name] = pool_option(pool, option);
    std::string rows;
    for (const auto& [key, value] : keys)
        rows += row(key, value);
    if (const auto usage = opened.usage()) {
        add_bytes(rows, "size", usage->size);
        add_bytes(rows, "usage", usage->usage);
    }
    if (const auto holder = included_in(store, pool))
        rows += row("included_in", *holder);
    return rows;
}

std::string pool_usage_details(const Store& store, const StoredPool& pool)
{
    PoolTable pools{store};
    std::string rows;
    if (const auto usage = pools.pool(pool.name).usage()) {
        add_bytes(rows, "data_size", usage->size);
        add_bytes(rows, "data_usage", usage->usage);
        add_bytes(rows, "metadata_size", usage->metadata_size);
        add_bytes(rows, "metadata_usage", usage->metadata_usage);
    }
    return rows;
}

} // namespace qmgmt
