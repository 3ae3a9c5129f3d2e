// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/network/told.hpp"

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "base/random.hpp"
#include "life/network/clients.hpp"
#include "life/network/tables.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/run_record.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <unistd.h>

namespace qmgmt {
namespace {

std::string time_zone_of_host()
{
    constexpr std::string_view zones = "zoneinfo/";
    std::array<char, 512> link{};
    const ssize_t length =
        ::readlink(paths::below_root("/etc/localtime").c_str(), link.data(), link.size());
    const std::string_view target{link.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
    const auto at = target.find(zones);
    return std::string{at == std::string_view::npos ? "" : target.substr(at + zones.size())};
}

std::string random_seed()
{
    std::array<std::byte, 64> bytes{};
    fill_random(bytes);
    return base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

constexpr std::string_view network_keys[] = {
    "/qubes-mac",           "/qubes-ip",  "/qubes-netmask", "/qubes-gateway", "/qubes-primary-dns",
    "/qubes-secondary-dns", "/qubes-ip6", "/qubes-gateway6"};

// What the qube is told under these keys is what the store says now.
void bring_up_to_date(Call& call, const Qube& qube, std::span<const std::string_view> keys)
{
    SystemValues live{call};
    Effective effective{call.store(), live};
    const QubeTable table = qube_table(effective, qube, {});
    const auto store = table_store(call);
    const TableOwner owner = table_owner(call, qube);
    for (const std::string_view key : keys) {
        if (const auto value = table.find(key); value != table.end())
            store->set(owner, key, value->second);
        else
            store->remove(owner, key);
    }
}

bool fits(const QubeTable& table)
{
    return std::ranges::all_of(table,
                               [](const auto& row) { return row.second.size() <= longest_value; });
}

void keep_running(Call& call, std::vector<const Qube*>& clients)
{
    const PowerStates states = PowerStates::of_all(call);
    std::erase_if(clients, [&](const Qube* client) {
        return !is_running(states.of(*client)) && !RunRecord::is_starting(uuid_of(*client));
    });
}

} // namespace

void tell_at_start(Call& call, const Qube& qube)
{
    SystemValues live{call};
    Effective effective{call.store(), live};
    const QubeTable table = qube_table(
        effective, qube, {.time_zone = time_zone_of_host(), .random_seed = random_seed()});
    const auto store = table_store(call);
    const TableOwner owner = table_owner(call, qube);
    store->begin(owner);
    store->write(owner, table);
}

void tell_of_network(Call& call, const Qube& qube)
{
    bring_up_to_date(call, qube, network_keys);
}

void tell_of_clients(Call& call, const Qube& netvm)
{
    SystemValues live{call};
    Effective effective{call.store(), live};
    std::vector<const Qube*> clients;
    for (const std::string& name : clients_of(call.store(), effective, netvm.name()))
        clients.push_back(&call.store().qube(name));
    QubeTable table = clients_table(effective, clients);
    if (!fits(table)) {
        keep_running(call, clients);
        table = clients_table(effective, clients);
    }
    if (!fits(table))
        throw Error{failure::failed, "the netvm '" + netvm.name() +
                                         "' has more clients that run than it can be told of"};
    table_store(call)->replace(table_owner(call, netvm), client_keys,
                               clients_table(effective, clients));
}

void tell_of_feature(Call& call, const std::string& qube, std::string_view feature)
{
    const std::string key = key_of_feature(feature);
    if (key.empty() || !call.has_hypervisor())
        return;
    try {
        call.refresh();
        const Qube* now = call.store().find_any(qube);
        if (now != nullptr && is_running(power_state(call, *now)))
            bring_up_to_date(call, *now, std::array{std::string_view{key}});
    } catch (const Error& error) {
        log_warning("cannot tell '" + qube + "' of its feature '" + std::string{feature} +
                    "': " + error.text() + " (" + error.detail() + "), ignoring");
    }
}

void forget_told(Call& call, const Qube& qube)
{
    try {
        table_store(call)->forget({qube.name(), uuid_of(qube)});
    } catch (const Error& error) { // what else there is to clean up does not wait for it
        log_warning("cannot forget what '" + qube.name() + "' was told: " + error.text() + " (" +
                    error.detail() + "), ignoring");
    }
}

} // namespace qmgmt
