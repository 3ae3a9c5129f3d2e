// SPDX-License-Identifier: GPL-2.0-or-later

#include "house.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const Pairs provider{{"provides_network", "True"}, {"netvm", ""}};
const Pairs client{{"netvm", "net"}};

struct Vector {
    unsigned number;
    std::string_view host;
};

constexpr Vector vectors[] = {{1, "0.1"},   {12, "0.12"},   {254, "0.254"}, {255, "1.1"},
                              {256, "1.2"}, {508, "1.254"}, {509, "2.1"},   {10'000, "39.94"}};

// net <- firewall <- work; `of` are the features of each.
std::string chain(const Pairs& of_net, const Pairs& of_firewall, const Pairs& of_work,
                  const std::string& netvm_of_net = "")
{
    return qube_text("StandaloneVM", "net", 2,
                     {{"provides_network", "True"}, {"netvm", netvm_of_net}}, of_net) +
           qube_text("StandaloneVM", "firewall", 3,
                     {{"provides_network", "True"}, {"netvm", "net"}}, of_firewall) +
           qube_text("StandaloneVM", "work", 4, {{"netvm", "firewall"}}, of_work);
}

} // namespace

TEST_CASE("hypervisor.md 52: the number of a qube is its address", "[network]")
{
    for (const Dialect dialect : {Dialect::r40, Dialect::current}) {
        for (const auto& [number, host] : vectors) {
            INFO(number);
            House house{qube_text("StandaloneVM", "net", 20'000, provider) +
                            qube_text("StandaloneVM", "work", number, client) +
                            qube_text("DispVM", "disp", 9'000,
                                      {{"dispid", std::to_string(number)}, {"netvm", "net"}}),
                        dialect};
            CHECK(value_of(house.told("work"), "/qubes-ip") == "10.137." + std::string{host});
            CHECK(value_of(house.told("disp"), "/qubes-ip") == "10.138." + std::string{host});
        }
    }
}

TEST_CASE("hypervisor.md 52: an address of its own wins", "[network]")
{
    House house{qube_text("StandaloneVM", "net", 2,
                          {{"provides_network", "True"}, {"netvm", ""}, {"ip", "192.168.0.1"}}) +
                qube_text("StandaloneVM", "work", 4, {{"netvm", "net"}, {"ip", "192.168.7.9"}})};
    const QubeTable work = house.told("work");
    CHECK(value_of(work, "/qubes-ip") == "192.168.7.9");
    CHECK(value_of(work, "/qubes-gateway") == "192.168.0.1");
    CHECK(value_of(house.told("net"), "/qubes-netvm-gateway") == "192.168.0.1");
}

TEST_CASE("hypervisor.md 52: who has no netvm has no address, unless it gives network to others",
          "[network]")
{
    House house{chain({{"ipv6", "1"}}, {}, {}) +
                qube_text("StandaloneVM", "alone", 7, {{"netvm", ""}}, {{"ipv6", "1"}}) +
                qube_text("StandaloneVM", "orphan", 8, {{"netvm", "gone"}, {"ip", "192.168.7.9"}})};
    for (const char* const name : {"alone", "orphan", "net"}) {
        INFO(name);
        for (const auto& [key, value] : house.told(name)) {
            INFO(key);
            CHECK((key.starts_with("/qubes-netvm-") ||
                   (key.find("ip") == std::string::npos && key.find("dns") == std::string::npos &&
                    key.find("gateway") == std::string::npos &&
                    key.find("mac") == std::string::npos &&
                    key.find("netmask") == std::string::npos)));
        }
        CHECK(house.told(name).contains("/qubes-netvm-gateway") == (std::string{name} == "net"));
    }
    CHECK(value_of(house.told("net"), "/qubes-netvm-gateway") == "10.137.0.2");
}

TEST_CASE("hypervisor.md 52: IPv6 where the chain of netvms has the feature", "[network]")
{
    const auto address = [](House& house, std::string_view name) {
        const QubeTable table = house.told(name);
        return value_of(table, "/qubes-ip6") + " " + value_of(table, "/qubes-gateway6") + " " +
               value_of(table, "/qubes-netvm-gateway6");
    };
    const std::string none = "(none) (none) (none)";
    SECTION("nobody")
    {
        House house{chain({}, {}, {})};
        for (const char* const name : {"net", "firewall", "work"})
            CHECK(address(house, name) == none);
    }
    SECTION("the farthest: all have it")
    {
        House house{chain({{"ipv6", "1"}}, {}, {})};
        CHECK(address(house, "net") == "(none) (none) fd09:24ef:4179::a89:2");
        CHECK(address(house, "firewall") ==
              "fd09:24ef:4179::a89:3 fd09:24ef:4179::a89:2 fd09:24ef:4179::a89:3");
        CHECK(address(house, "work") == "fd09:24ef:4179::a89:4 fd09:24ef:4179::a89:3 (none)");
    }
    SECTION("one between says no: it and what is behind it have none")
    {
        House house{chain({{"ipv6", "1"}}, {{"ipv6", ""}}, {})};
        CHECK(address(house, "net") == "(none) (none) fd09:24ef:4179::a89:2");
        CHECK(address(house, "firewall") == none);
        CHECK(address(house, "work") == none);
    }
    SECTION("the qube alone: nobody is its gateway")
    {
        House house{chain({}, {}, {{"ipv6", "1"}})};
        CHECK(address(house, "firewall") == none);
        CHECK(address(house, "work") == "fd09:24ef:4179::a89:4 (none) (none)");
    }
    SECTION("a disposable")
    {
        House house{chain({{"ipv6", "1"}}, {}, {}) +
                    qube_text("DispVM", "disp", 9, {{"dispid", "4711"}, {"netvm", "net"}})};
        CHECK(address(house, "disp") == "fd09:24ef:4179::a8a:1267 fd09:24ef:4179::a89:2 (none)");
    }
}

TEST_CASE("network: a loop of netvms ends", "[network]")
{
    House circle{chain({}, {}, {}, "firewall")};
    CHECK(value_of(circle.told("work"), "/qubes-gateway") == "10.137.0.3");
    CHECK(value_of(circle.told("net"), "/qubes-gateway") == "10.137.0.3");
    CHECK_FALSE(circle.told("work").contains("/qubes-ip6"));
    House itself{chain({}, {}, {}, "net")};
    CHECK(value_of(itself.told("net"), "/qubes-gateway") == "10.137.0.2");
    CHECK_FALSE(itself.told("work").contains("/qubes-ip6"));
}
