// SPDX-License-Identifier: GPL-2.0-or-later

#include "house.hpp"

#include <algorithm>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

std::string netvm_text(const Pairs& features = {})
{
    return qube_text("StandaloneVM", "net", 2, {{"provides_network", "True"}, {"netvm", ""}},
                     features);
}

std::string client_text(const std::string& name, unsigned qid, const Pairs& features = {},
                        const std::string& address = "")
{
    Pairs properties{{"netvm", "net"}};
    if (!address.empty())
        properties.emplace_back("ip", address);
    return qube_text("StandaloneVM", name, qid, properties, features);
}

} // namespace

TEST_CASE("network: a netvm knows its clients by the addresses they see and those they have",
          "[network]")
{
    House house{netvm_text() + client_text("work", 4) +
                client_text("hidden", 5, {{"net.fake-ip", "192.168.1.2"}}) +
                client_text("both", 6,
                            {{"net.fake-ip", "192.168.1.2"}, {"net.fake-gateway", "192.168.1.1"}})};
    // Also for those who hide nothing, and when one of the two is not hidden: the script in the
    // netvm translates addresses only when it finds both keys.
    CHECK(house.clients({"both", "hidden", "work"}) ==
          QubeTable{{"/connected-ips", "192.168.1.2 192.168.1.2 10.137.0.4"},
                    {"/connected-ips6", ""},
                    {"/mapped-ip/10.137.0.4/visible-ip", "10.137.0.4"},
                    {"/mapped-ip/10.137.0.4/visible-gateway", "10.137.0.2"},
                    {"/mapped-ip/10.137.0.5/visible-ip", "192.168.1.2"},
                    {"/mapped-ip/10.137.0.5/visible-gateway", "10.137.0.2"},
                    {"/mapped-ip/10.137.0.6/visible-ip", "192.168.1.2"},
                    {"/mapped-ip/10.137.0.6/visible-gateway", "192.168.1.1"}});
}

TEST_CASE("network: a netvm without clients has empty lists, one with IPv6 both", "[network]")
{
    House house{netvm_text({{"ipv6", "1"}}) + client_text("work", 4) +
                client_text("old", 5, {{"ipv6", ""}})};
    CHECK(house.clients({}) == QubeTable{{"/connected-ips", ""}, {"/connected-ips6", ""}});
    const QubeTable table = house.clients({"old", "work"});
    CHECK(value_of(table, "/connected-ips") == "10.137.0.5 10.137.0.4");
    CHECK(value_of(table, "/connected-ips6") == "fd09:24ef:4179::a89:4");
}

TEST_CASE("network: what stands in the store for an address makes no key unless it is one",
          "[network]")
{
    House house{netvm_text() + client_text("up", 4, {}, "../../name") +
                client_text("slash", 5, {}, "10.0.0.1/8") + client_text("good", 6, {}, "10.0.0.1")};
    const QubeTable table = house.clients({"good", "slash", "up"});
    CHECK(table.size() == 4);
    CHECK(table.contains("/mapped-ip/10.0.0.1/visible-ip"));
    for (const auto& [key, value] : table) {
        INFO(key);
        CHECK(std::ranges::any_of(client_keys, [&key = key](std::string_view part) {
            return key == part || key.starts_with(std::string{part} + "/");
        }));
    }
}
