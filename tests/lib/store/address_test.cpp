// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/address.hpp"
#include "support/catch.hpp"

#include <string>

using namespace qmgmt;

TEST_CASE("address: store.md 143: numbers become addresses", "[store]")
{
    CHECK(ipv4_of(1, false) == "10.137.0.1");
    CHECK(ipv4_of(254, false) == "10.137.0.254");
    CHECK(ipv4_of(255, false) == "10.137.1.1");
    CHECK(ipv4_of(256, false) == "10.137.1.2");
    CHECK(ipv4_of(508, false) == "10.137.1.254");
    CHECK(ipv4_of(509, false) == "10.137.2.1");
    CHECK(ipv4_of(10'000, false) == "10.137.39.94");
    CHECK(ipv4_of(4711, true) == "10.138.18.139");
    CHECK(ipv6_of(12, false) == "fd09:24ef:4179::a89:c");
    CHECK(ipv6_of(4711, true) == "fd09:24ef:4179::a8a:1267");
}

TEST_CASE("address: no qube has the address of a network or of everybody", "[store]")
{
    for (unsigned id = 1; id <= 10'000; ++id) {
        const std::string address = ipv4_of(id, false);
        CHECK(is_ipv4(address));
        CHECK_FALSE(address.ends_with(".0"));
        CHECK_FALSE(address.ends_with(".255"));
    }
}

TEST_CASE("address: store.md 73 74: IPv4 is four numbers up to 255 without leading zeros",
          "[store]")
{
    for (const char* text : {"192.168.1.1", "0.0.0.0", "255.255.255.255"}) {
        INFO(text);
        CHECK(is_ipv4(text));
    }
    for (const char* text :
         {"", "1111.2.3.4", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "1.2.3.", ".1.2.3",
          "1..2.3", "1.2.3.4 ", "1.2.3.4\n", "1.2.3.-4", "0x1.2.3.4", "1.2.3.4/24", "16909060"}) {
        INFO(text);
        CHECK_FALSE(is_ipv4(text));
    }
    CHECK_FALSE(is_ipv4(std::string{"1.2.3.4\0", 8}));
}

TEST_CASE("address: IPv6 is kept in its short form", "[store]")
{
    CHECK(canonical_ipv6("FD09:24EF:4179:0:0:0:A89:4") == "fd09:24ef:4179::a89:4");
    CHECK(canonical_ipv6("::") == "::");
    CHECK(canonical_ipv6("::1") == "::1");
    for (const char* text : {"", ":", "1::2::3", "fd09:", "12345::", "::g", "fe80::1%eth0", "[::1]",
                             " ::1", "::1\n", "10.137.0.1", "::/64"}) {
        INFO(text);
        CHECK_FALSE(canonical_ipv6(text));
    }
    CHECK_FALSE(canonical_ipv6(std::string{"::1\0garbage", 11}));
    CHECK_FALSE(canonical_ipv6(std::string(4096, ':')));
}

TEST_CASE("address: store.md 71 72: an Ethernet address is six pairs in lower case", "[store]")
{
    CHECK(canonical_mac("00:16:3E:AA:BB:CC") == "00:16:3e:aa:bb:cc");
    for (const char* text :
         {"", "00:11:22:33:44:55:66", "00:11:22:33:44", "00-11-22-33-44-55", "0:11:22:33:44:555",
          "00:11:22:33:44:5g", "001122334455", "00:11:22:33:44:55\n"}) {
        INFO(text);
        CHECK_FALSE(canonical_mac(text));
    }
}
