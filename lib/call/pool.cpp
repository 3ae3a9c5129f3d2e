// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/pool.hpp"

#include "base/ascii.hpp"
#include "base/error.hpp"
#include "call/edit.hpp"
#include "call/intent.hpp"
#include "names/names.hpp"
#include "storage/attachment.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

[[noreturn]] void refuse_used(const std::string& pool, const std::string& by)
{
    throw Error{failure::pool_in_use, "pool '" + pool + "' is in use: " + by};
}

// Volumes that a creation has made, or a removal has left, and that no qube in the store has.
bool is_in_work(const std::string& pool)
{
    return std::ranges::any_of(Intent::pending(), [&](const std::string& qube) {
        const auto intent = Intent::load(qube);
        return intent && std::ranges::any_of(intent->volumes, [&](const Volume& volume) {
                   return volume.pool == pool;
               });
    });
}

} // namespace

void refuse_unknown_pool(const Call& call)
{
    if (!call.from_dom0())
        throw Error{failure::denied, "not permitted for this caller"};
    throw Error{failure::pool_not_found, "no such pool"};
}

const StoredPool& find_pool(const Call& call, const Store& store, std::string_view untrusted_name)
{
    const auto name = PoolName::parse(untrusted_name);
    const StoredPool* pool = store.pool(name.text());
    if (pool == nullptr)
        refuse_unknown_pool(call);
    return *pool;
}

std::string pool_option(const StoredPool& pool, const DriverOption& option)
{
    const auto stored = std::ranges::find(pool.options, option.name, &Attribute::name);
    return stored != pool.options.end() ? stored->value : std::string{option.otherwise};
}

void check_pool_unused(Call& call, const Store& store, Effective& effective,
                       const std::string& pool)
{
    // A volume that has no entry in the store is in one of these, or follows that of a template.
    for (const char* const global : {"default_pool", "default_pool_root", "default_pool_private",
                                     "default_pool_volatile", "default_pool_kernel"})
        if (effective.global_text(global) == pool)
            refuse_used(pool, std::string{"it is '"} + global + "'");
    for (const std::string& name : store.names()) {
        const Qube* qube = store.find_any(name);
        if (qube == nullptr)
            continue;
        for (const StoredVolume& volume : qube->volumes())
            if (volume.attribute("pool") == pool)
                refuse_used(pool, call.may_see(name) ? "a volume of '" + name + "' is in it"
                                                     : "a volume is in it");
    }
    if (std::ranges::any_of(Attachment::all(),
                            [&](const Attachment& one) { return one.pool == pool; }))
        refuse_used(pool, "a volume of it is attached to a qube");
    if (is_in_work(pool))
        refuse_used(pool, "a qube is being made or removed in it");
}

Reply set_pool_option(Call& call, std::string_view option, const std::string& value,
                      std::string_view otherwise)
{
    auto edit = call.edit();
    const StoredPool& pool = find_pool(call, edit.store(), call.argument());
    const Driver* driver = find_driver(pool.driver);
    if (driver == nullptr)
        throw Error{failure::storage,
                    "cannot change pool '" + pool.name + "': its driver is unknown",
                    "driver " + printable(pool.driver, 64)};
    const DriverOption* known = driver->option(option);
    if (known == nullptr && value != otherwise)
        throw Error{failure::bad_value, "the value is not valid for '" + std::string{option} +
                                            "': the driver of pool '" + pool.name +
                                            "' has no such option"};
    if (known == nullptr)
        return {};
    const std::string checked = checked_value(*driver, *known, value);
    check_dialect(edit.store().dialect(), *known, checked);
    if (pool_option(pool, *known) != checked)
        edit.set_pool_option(std::string{pool.name}, option, checked);
    return edit.commit();
}

} // namespace qmgmt
