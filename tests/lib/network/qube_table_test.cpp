// SPDX-License-Identifier: GPL-2.0-or-later

#include "house.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const TableFacts facts{.time_zone = "Europe/Berlin", .random_seed = "c2VlZA=="};

std::string template_text(const Pairs& features = {})
{
    return qube_text("TemplateVM", "base", 1, {{"netvm", ""}, {"maxmem", "4000"}}, features);
}

std::string net_text(const Pairs& features = {})
{
    return qube_text(
        "AppVM", "net", 2,
        {{"provides_network", "True"}, {"maxmem", "0"}, {"netvm", ""}, {"template", "base"}},
        features);
}

std::string work_text(const Pairs& features)
{
    return qube_text("AppVM", "work", 4, {{"netvm", "net"}, {"template", "base"}}, features);
}

// What all tables have, in the case of an AppVM without network.
QubeTable common(const std::string& name)
{
    return {{"/name", name},
            {"/type", "AppVM"},
            {"/default-user", "user"},
            {"/qubes-vm-updateable", "False"},
            {"/qubes-vm-persistence", "rw-only"},
            {"/qubes-debug-mode", "0"},
            {"/qubes-base-template", "base"},
            {"/qubes-random-seed", "c2VlZA=="},
            {"/qubes-timezone", "Europe/Berlin"},
            {"/qubes-block-devices", ""},
            {"/qubes-usb-devices", ""},
            {"/qubes-service/meminfo-writer", "1"}};
}

QubeTable with(QubeTable table, const QubeTable& more)
{
    for (const auto& [key, value] : more)
        table.insert_or_assign(key, value);
    return table;
}

} // namespace

TEST_CASE("hypervisor.md 54: the table of a qube of each class, whole", "[network]")
{
    const QubeTable by_net{{"/qubes-mac", "00:16:3e:5e:6c:00"},
                           {"/qubes-netmask", "255.255.255.255"},
                           {"/qubes-gateway", "10.137.0.2"},
                           {"/qubes-primary-dns", "10.139.1.1"},
                           {"/qubes-secondary-dns", "10.139.1.2"}};
    House house{template_text() + net_text({{"service.clocksync", "1"}}) +
                qube_text("AppVM", "work", 4,
                          {{"netvm", "net"},
                           {"template", "base"},
                           {"debug", "True"},
                           {"template_for_dispvms", "True"},
                           {"default_user", "ann"},
                           {"mac", "00:16:3E:AA:BB:CC"}},
                          {{"service.cups", "1"},
                           {"service.off", ""},
                           {"service.zero", "0"},
                           {"vm-config.answer", "42"},
                           {"vm-config.empty", ""},
                           {"gui", "1"}}) +
                qube_text("StandaloneVM", "alone", 5, {{"netvm", ""}, {"maxmem", "0"}}) +
                qube_text("DispVM", "disp", 6,
                          {{"netvm", "net"}, {"template", "work"}, {"dispid", "4711"}})};
    SECTION("TemplateVM")
    {
        CHECK(house.told("base", facts) ==
              with(common("base"), {{"/type", "TemplateVM"},
                                    {"/qubes-base-template", ""},
                                    {"/qubes-vm-updateable", "True"},
                                    {"/qubes-vm-persistence", "full"}}));
    }
    SECTION("a netvm")
    {
        CHECK(house.told("net", facts) ==
              with(common("net"), {{"/qubes-netvm-network", "10.137.0.2"},
                                   {"/qubes-netvm-gateway", "10.137.0.2"},
                                   {"/qubes-netvm-netmask", "255.255.255.255"},
                                   {"/qubes-netvm-primary-dns", "10.139.1.1"},
                                   {"/qubes-netvm-secondary-dns", "10.139.1.2"},
                                   {"/qubes-service/clocksync", "1"},
                                   {"/qubes-service/meminfo-writer", "0"}}));
    }
    SECTION("AppVM")
    {
        CHECK(house.told("work", facts) ==
              with(with(common("work"), by_net), {{"/default-user", "ann"},
                                                  {"/qubes-debug-mode", "1"},
                                                  {"/qubes-ip", "10.137.0.4"},
                                                  {"/qubes-mac", "00:16:3e:aa:bb:cc"},
                                                  {"/qubes-service/cups", "1"},
                                                  {"/qubes-service/off", "0"},
                                                  {"/qubes-service/zero", "1"},
                                                  {"/vm-config/answer", "42"},
                                                  {"/vm-config/empty", ""}}));
    }
    SECTION("StandaloneVM")
    {
        CHECK(house.told("alone", facts) ==
              with(common("alone"), {{"/type", "StandaloneVM"},
                                     {"/qubes-base-template", ""},
                                     {"/qubes-vm-updateable", "True"},
                                     {"/qubes-vm-persistence", "full"},
                                     {"/qubes-service/meminfo-writer", "0"}}));
    }
    SECTION("DispVM")
    {
        CHECK(house.told("disp", facts) ==
              with(with(common("disp"), by_net), {{"/type", "DispVM"},
                                                  {"/default-user", "ann"},
                                                  {"/qubes-base-template", "work"},
                                                  {"/qubes-ip", "10.138.18.139"}}));
    }
}

TEST_CASE("network: the time zone is a secret for those who hide it", "[network]")
{
    const auto zone = [](const Pairs& of_template, const Pairs& own, const TableFacts& known) {
        House house{template_text(of_template) + net_text() + work_text(own)};
        return value_of(house.told("work", known), "/qubes-timezone");
    };
    CHECK(zone({}, {}, facts) == "Europe/Berlin");
    CHECK(zone({}, {{"anon-timezone", "1"}}, facts) == "(none)");
    CHECK(zone({{"anon-timezone", "1"}}, {}, facts) == "(none)");
    CHECK(zone({{"anon-timezone", "1"}}, {{"anon-timezone", ""}}, facts) == "Europe/Berlin");
    CHECK(zone({}, {}, {}) == "(none)");
}

TEST_CASE("network: a qube sees the addresses that it is to see", "[network]")
{
    const Pairs hidden{{"net.fake-ip", "192.168.1.2"},
                       {"net.fake-gateway", "192.168.1.1"},
                       {"net.fake-netmask", "255.255.255.0"}};
    const auto seen = [](const Pairs& of_template, const Pairs& of_net, const Pairs& own) {
        House house{template_text(of_template) + net_text(of_net) + work_text(own)};
        const QubeTable table = house.told("work");
        return value_of(table, "/qubes-ip") + " " + value_of(table, "/qubes-gateway") + " " +
               value_of(table, "/qubes-netmask");
    };
    CHECK(seen({}, {}, {}) == "10.137.0.4 10.137.0.2 255.255.255.255");
    CHECK(seen({}, {}, hidden) == "192.168.1.2 192.168.1.1 255.255.255.0");
    CHECK(seen({}, {}, {{"net.fake-ip", "192.168.1.2"}}) ==
          "192.168.1.2 10.137.0.2 255.255.255.255");
    CHECK(seen(hidden, {}, {{"net.fake-ip", "192.168.1.3"}, {"net.fake-netmask", ""}}) ==
          "192.168.1.3 192.168.1.1 255.255.255.255");
    // The gateway is the address that the netvm itself believes to have.
    CHECK(seen({}, {{"net.fake-ip", "192.168.9.9"}}, {}) ==
          "10.137.0.4 192.168.9.9 255.255.255.255");
}

TEST_CASE("hypervisor.md 54: a feature whose name cannot be a key of 63 bytes is left out",
          "[network]")
{
    const std::string s48(48, 's');
    const std::string c52(52, 'c');
    House house{template_text() + net_text() +
                work_text({{"service." + s48, "1"},
                           {"service." + s48 + "s", "1"},
                           {"service.app-dispvm." + s48, "1"},
                           {"vm-config." + c52, "1"},
                           {"vm-config." + c52 + "c", "1"},
                           {"service.", "1"},
                           {"service..", "1"},
                           {"service...", "1"},
                           {"service....", "1"},
                           {"service./etc/passwd", "1"},
                           {"service.cups/../../../../etc/passwd", "1"},
                           {"service.two words", "1"},
                           {"service.~", "1"},
                           {"vm-config.", "1"},
                           {"vm-config...", "1"},
                           {"vm-config.a/b", "1"},
                           {"vm-config.&#10;", "1"},
                           {"vm-config.\u00fc", "1"},
                           {"service/ntpd", "1"},
                           {"services", "1"},
                           {"xservice.x", "1"}})};
    QubeTable features = house.told("work");
    std::erase_if(features, [](const auto& row) {
        return !row.first.starts_with("/qubes-service") && !row.first.starts_with("/vm-config");
    });
    CHECK(features == QubeTable{{"/qubes-service/" + s48, "1"},
                                {"/qubes-service/...", "1"},
                                {"/qubes-service/meminfo-writer", "1"},
                                {"/vm-config/" + c52, "1"}});
}

TEST_CASE("network: the balancer's service says what maxmem says, not what the feature says",
          "[network]")
{
    const auto writer = [](const std::string& limit, const std::string& feature) {
        House house{qube_text("StandaloneVM", "alone", 5, {{"netvm", ""}, {"maxmem", limit}},
                              {{"service.meminfo-writer", feature}}),
                    Dialect::r40};
        return value_of(house.told("alone"), "/qubes-service/meminfo-writer");
    };
    CHECK(writer("0", "1") == "0");
    CHECK(writer("4000", "") == "1");
}
