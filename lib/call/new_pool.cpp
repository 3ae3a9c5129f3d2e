// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/new_pool.hpp"

#include "base/config.hpp"
#include "base/error.hpp"
#include "call/edit.hpp"
#include "call/permission.hpp"
#include "state/named_lock.hpp"
#include "storage/driver_table.hpp"
#include "storage/pool_place.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

const Driver& driver_of(const Call& call, const PoolRequest& wanted)
{
    if (const Driver* driver = find_driver(wanted.driver))
        return *driver;
    if (!call.from_dom0())
        throw Error{failure::denied, "not permitted for this caller"};
    throw Error{failure::driver_not_found, "no such driver of pools"};
}

// `pool-roots`: what other callers than dom0 may let us fill.
std::vector<std::string> roots()
{
    std::string text = config().text("pool-roots", "/var/lib/qubes /mnt /srv");
    std::vector<std::string> found;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        std::string root = text.substr(0, end);
        while (root.size() > 1 && root.ends_with('/'))
            root.pop_back();
        if (root.starts_with('/'))
            found.push_back(std::move(root));
        text.erase(0, end + 1);
    }
    return found;
}

void check_place(const Call& call, const Store& store, const PoolConfig& pool)
{
    const auto directory = pool.options.find("dir_path");
    if (directory == pool.options.end())
        return;
    if (!call.from_dom0() && !is_below_roots(directory->second, roots()))
        throw Error{failure::denied, "not permitted for this caller"};
    check_new_place(store, directory->second);
}

void check_free(const Store& store, const std::string& name)
{
    if (store.pool(name) != nullptr)
        throw Error{failure::pool_in_use, "a pool of that name exists"};
}

// Of an option that a store does not have the driver learns nothing else.
bool wants_check(const PoolConfig& pool)
{
    const auto check = pool.options.find("setup_check");
    return check == pool.options.end() || check->second == "True";
}

PoolConfig without_creation_options(const Driver& driver, PoolConfig pool)
{
    std::erase_if(pool.options, [&](const auto& option) {
        const DriverOption* known = driver.option(option.first);
        return known != nullptr && !known->stored;
    });
    return pool;
}

} // namespace

Reply add_pool(Call& call, const PoolRequest& wanted)
{
    if (call.request().dry_run)
        check_permission(call);
    else
        call.act();
    const Driver& driver = driver_of(call, wanted);
    const PoolConfig pool = new_pool(driver, wanted.name.text(), wanted.options);
    const auto attributes = pool_attributes(driver, pool, call.store().dialect());
    check_free(call.store(), pool.name);
    check_place(call, call.store(), pool);
    const auto register_it = [&] {
        auto edit = call.edit_again();
        check_free(edit.store(), pool.name);
        edit.add_pool(attributes);
        return edit.commit();
    };
    const auto opened = open_pool(without_creation_options(driver, pool));
    if (call.request().dry_run)
        return register_it();
    const NamedLock lock = NamedLock::wait("pool/" + pool.name, LockMode::exclusive,
                                           call.lock_deadline(), call.request().program);
    call.refresh();
    check_free(call.store(), pool.name);
    const auto made = opened->set_up(wants_check(pool));
    try {
        return register_it();
    } catch (...) {
        opened->take_back(made);
        throw;
    }
}

std::string directory_of_new_pool(const Request& request)
{
    try {
        const auto wanted = PoolRequest::parse(request.argument, request.payload);
        const Driver* driver = find_driver(wanted.driver);
        if (driver == nullptr)
            return {};
        const PoolConfig pool = new_pool(*driver, wanted.name.text(), wanted.options);
        const auto directory = pool.options.find("dir_path");
        return directory == pool.options.end() ? "" : directory->second;
    } catch (const Error&) {
        return {}; // the call says so
    }
}

unsigned needs_to_add_pool(const Request& request)
{
    try {
        const auto wanted = PoolRequest::parse(request.argument, request.payload);
        const Driver* driver = find_driver(wanted.driver);
        if (driver != nullptr && driver->of_devices)
            return needs_store | needs_storage | needs_root;
    } catch (const Error&) {
        return needs_store; // the body says what is wrong with it
    }
    return needs_store;
}

} // namespace qmgmt
