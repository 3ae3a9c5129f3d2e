// SPDX-License-Identifier: GPL-2.0-or-later

#include "network/qube_table.hpp"

#include "base/log.hpp"

#include <initializer_list>
#include <utility>

namespace qmgmt {
namespace {

constexpr std::size_t longest_key = 63; // QubesDB's
constexpr std::string_view service = "service.";
constexpr std::string_view configuration = "vm-config.";
constexpr std::string_view netmask = "255.255.255.255";
constexpr std::string_view dns_servers[] = {"10.139.1.1", "10.139.1.2"};

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
                {"/qubes-primary-dns", std::string{dns_servers[0]}},
                {"/qubes-secondary-dns", std::string{dns_servers[1]}}});
    const std::string address = effective.text(qube, "visible_ip6");
    if (!address.empty())
        put(table, {{"/qubes-ip6", address},
                    {"/qubes-gateway6", effective.text(qube, "visible_gateway6")}});
}

void put_offered_network(QubeTable& table, Effective& effective, const Qube& qube)
{
    if (effective.text(qube, "provides_network") != "True")
        return;
    const std::string gateway = effective.text(qube, "gateway");
    put(table, {{"/qubes-netvm-network", gateway},
                {"/qubes-netvm-gateway", gateway},
                {"/qubes-netvm-netmask", std::string{netmask}},
                {"/qubes-netvm-primary-dns", std::string{dns_servers[0]}},
                {"/qubes-netvm-secondary-dns", std::string{dns_servers[1]}}});
    const std::string gateway_6 = effective.text(qube, "gateway6");
    if (!gateway_6.empty())
        put(table, {{"/qubes-netvm-gateway6", gateway_6}});
}

void put_features(QubeTable& table, Effective& effective, const Qube& qube)
{
    for (const Feature& feature : qube.features()) {
        const std::string key = key_of_feature(feature.name);
        if (key.size() > longest_key)
            log_warning("the qube '" + qube.name() + "' is not told of its feature '" +
                        feature.name + "': the name is too long, ignoring");
        else if (!key.empty())
            table.insert_or_assign(key, value_of_feature(feature.name, feature.value));
    }
    const std::string limit = effective.text(qube, "maxmem");
    const bool balanced = !limit.empty() && limit != "0";
    put(table, {{"/qubes-service/meminfo-writer", balanced ? "1" : "0"}});
}

} // namespace

std::string key_of_feature(std::string_view feature)
{
    const auto behind = [&](std::string_view prefix) { return feature.substr(prefix.size()); };
    std::string key;
    if (feature.starts_with(service))
        key = "/qubes-service/" + std::string{behind(service)};
    else if (feature.starts_with(configuration))
        key = "/vm-config/" + std::string{behind(configuration)};
    return key.ends_with('/') ? std::string{} : key;
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
        // Only where the guest is shown other addresses than it has.
        const std::string gateway =
            effective.feature_with_template(*client, "net.fake-gateway").value_or("");
        if (visible != address)
            table["/mapped-ip/" + address + "/visible-ip"] = visible;
        if (!gateway.empty())
            table["/mapped-ip/" + address + "/visible-gateway"] = gateway;
    }
    return table;
}

} // namespace qmgmt
