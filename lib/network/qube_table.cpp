// SPDX-License-Identifier: GPL-2.0-or-later

#include "network/qube_table.hpp"

#include "base/log.hpp"
#include "store/address.hpp"

#include <initializer_list>
#include <utility>

namespace qmgmt {
namespace {

constexpr std::string_view service = "service.";
constexpr std::string_view configuration = "vm-config.";

using Row = std::pair<std::string_view, std::string>;

void put(QubeTable& table, std::initializer_list<Row> rows)
{
    for (const auto& [key, value] : rows)
        table.insert_or_assign(std::string{key}, value);
}

void put_identity(QubeTable& table, Effective& effective, const Qube& qube)
{
    const bool updateable = effective.text(qube, "updateable") == "True";
    const Qube* base = effective.template_of(qube);
    put(table, {{"/name", qube.name()},
                {"/type", qube.klass()},
                {"/default-user", effective.text(qube, "default_user")},
                {"/qubes-vm-updateable", updateable ? "True" : "False"},
                {"/qubes-vm-persistence", updateable ? "full" : "rw-only"},
                {"/qubes-debug-mode", effective.text(qube, "debug") == "True" ? "1" : "0"},
                {"/qubes-base-template", base == nullptr ? "" : base->name()},
                {"/qubes-block-devices", ""},
                {"/qubes-usb-devices", ""}});
}

void put_own_network(QubeTable& table, Effective& effective, const Qube& qube)
{
    if (effective.netvm(qube) == nullptr)
        return;
    put(table, {{"/qubes-mac", effective.text(qube, "mac")},
                {"/qubes-ip", effective.text(qube, "visible_ip")},
                {"/qubes-netmask", effective.text(qube, "visible_netmask")},
                {"/qubes-gateway", effective.text(qube, "visible_gateway")},
                {"/qubes-primary-dns", std::string{primary_dns}},
                {"/qubes-secondary-dns", std::string{secondary_dns}}});
    const std::string address = effective.text(qube, "visible_ip6");
    if (address.empty())
        return;
    put(table, {{"/qubes-ip6", address}});
    // None when the feature is the qube's own and not its netvm's.
    const std::string gateway = effective.text(qube, "visible_gateway6");
    if (!gateway.empty())
        put(table, {{"/qubes-gateway6", gateway}});
}

void put_offered_network(QubeTable& table, Effective& effective, const Qube& qube)
{
    if (effective.text(qube, "provides_network") != "True")
        return;
    const std::string gateway = effective.text(qube, "gateway");
    put(table, {{"/qubes-netvm-network", gateway},
                {"/qubes-netvm-gateway", gateway},
                {"/qubes-netvm-netmask", std::string{netmask_of_qubes}},
                {"/qubes-netvm-primary-dns", std::string{primary_dns}},
                {"/qubes-netvm-secondary-dns", std::string{secondary_dns}}});
    const std::string gateway_6 = effective.text(qube, "gateway6");
    if (!gateway_6.empty())
        put(table, {{"/qubes-netvm-gateway6", gateway_6}});
}

bool is_for_qubes(std::string_view feature)
{
    return feature.starts_with(service) || feature.starts_with(configuration);
}

// One component of a key. Features that others wrote into the store may have any name.
bool is_component(std::string_view name)
{
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    return !name.empty() && name != "." && name != ".." &&
           name.find_first_not_of(allowed) == std::string_view::npos;
}

void put_features(QubeTable& table, Effective& effective, const Qube& qube)
{
    for (const Feature& feature : qube.features()) {
        const std::string key = key_of_feature(feature.name);
        if (!key.empty())
            table.insert_or_assign(key, value_of_feature(feature.name, feature.value));
        else if (is_for_qubes(feature.name))
            log_warning("the qube '" + qube.name() + "' is not told of its feature '" +
                        feature.name + "': that name cannot be a key, ignoring");
    }
    const std::string limit = effective.text(qube, "maxmem");
    const bool balanced = !limit.empty() && limit != "0";
    put(table, {{"/qubes-service/meminfo-writer", balanced ? "1" : "0"}});
}

} // namespace

std::string key_of_feature(std::string_view feature)
{
    if (!is_for_qubes(feature))
        return {};
    const bool is_service = feature.starts_with(service);
    const std::string_view name =
        feature.substr(is_service ? service.size() : configuration.size());
    const std::string key = (is_service ? "/qubes-service/" : "/vm-config/") + std::string{name};
    return is_component(name) && key.size() <= longest_key ? key : std::string{};
}

std::string value_of_feature(std::string_view feature, std::string_view value)
{
    if (feature.starts_with(service))
        return value.empty() ? "0" : "1";
    return std::string{value};
}

QubeTable qube_table(Effective& effective, const Qube& qube, const TableFacts& facts)
{
    QubeTable table;
    put_identity(table, effective, qube);
    put(table, {{"/qubes-random-seed", facts.random_seed}});
    const bool anonymous =
        !effective.feature_with_template(qube, "anon-timezone").value_or("").empty();
    if (!facts.time_zone.empty() && !anonymous)
        put(table, {{"/qubes-timezone", facts.time_zone}});
    put_own_network(table, effective, qube);
    put_offered_network(table, effective, qube);
    put_features(table, effective, qube);
    return table;
}

QubeTable clients_table(Effective& effective, const std::vector<const Qube*>& clients)
{
    QubeTable table;
    const auto append = [&table](std::string_view key, const std::string& address) {
        std::string& list = table[std::string{key}];
        if (!address.empty())
            list += (list.empty() ? "" : " ") + address;
    };
    append("/connected-ips", "");
    append("/connected-ips6", "");
    for (const Qube* client : clients) {
        const std::string address = effective.text(*client, "ip");
        const std::string visible = effective.text(*client, "visible_ip");
        append("/connected-ips", visible);
        append("/connected-ips6", effective.text(*client, "visible_ip6"));
        // Both, hidden or not: the netvm's script translates only when it finds both.
        if (!is_ipv4(address))
            continue;
        table["/mapped-ip/" + address + "/visible-ip"] = visible;
        table["/mapped-ip/" + address + "/visible-gateway"] =
            effective.text(*client, "visible_gateway");
    }
    return table;
}

} // namespace qmgmt
