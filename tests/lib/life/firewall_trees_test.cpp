// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a netvm is told of a client's rules: the addresses are 10.137.0.5 and fd09::5.

#include "life/network/firewall_trees.hpp"
#include "support/catch.hpp"

using namespace qmgmt;

namespace {

constexpr std::time_t now = 1'700'000'000;

// Its keys from their root on, " KEY=VALUE" in the order of writing.
std::string shown(const TableTree& tree)
{
    std::string text = tree.root;
    for (const auto& [key, value] : tree.below) {
        REQUIRE(key.starts_with(tree.root));
        text += " " + key.substr(tree.root.size()) + "=[" + value + "]";
    }
    return text;
}

RuleList rules(const std::vector<std::string>& lines)
{
    std::vector<Rule> all;
    for (const std::string& line : lines)
        all.push_back(Rule::parse(line));
    RuleList list;
    list.replace(std::move(all));
    return list;
}

std::vector<std::string> told(const std::vector<std::string>& lines)
{
    std::vector<std::string> texts;
    for (const TableTree& tree : firewall_trees({"10.137.0.5", "fd09::5"}, rules(lines), now))
        texts.push_back(shown(tree));
    return texts;
}

using Words = std::vector<std::string>;

} // namespace

TEST_CASE("firewall-devices.md Q01: each address has the policy, then the rules", "[life]")
{
    const std::string below = " /policy=[drop] /0000=[action=accept specialtarget=dns] "
                              "/0001=[action=drop]";
    CHECK(told({"action=accept specialtarget=dns", "action=drop"}) ==
          Words{"/qubes-firewall/10.137.0.5" + below, "/qubes-firewall/fd09::5" + below});
    CHECK(told({}) == Words{"/qubes-firewall/10.137.0.5 /policy=[drop]",
                            "/qubes-firewall/fd09::5 /policy=[drop]"});
    CHECK(firewall_trees({}, RuleList::accept_all(), now).empty());
}

TEST_CASE("firewall-devices.md Q02: rules of the other family leave gaps", "[life]")
{
    CHECK(told({"action=accept dst4=1.2.3.4/32", "action=accept dst6=2001:db8::1/128",
                "action=drop"}) ==
          Words{"/qubes-firewall/10.137.0.5 /policy=[drop] /0000=[action=accept dst4=1.2.3.4/32] "
                "/0002=[action=drop]",
                "/qubes-firewall/fd09::5 /policy=[drop] /0001=[action=accept dst6=2001:db8::1/128] "
                "/0002=[action=drop]"});
    const std::string below = " /policy=[drop] /0000=[action=accept dsthost=a.example]";
    CHECK(told({"action=accept dsthost=a.example"}) ==
          Words{"/qubes-firewall/10.137.0.5" + below, "/qubes-firewall/fd09::5" + below});
}

TEST_CASE("firewall-devices.md Q03: comment and end of a rule stay here, as does what has ended",
          "[life]")
{
    const std::string ended = "action=accept expire=" + std::to_string(now - 1);
    const std::string ends = "action=accept expire=" + std::to_string(now + 1);
    const std::string below = " /policy=[drop] /0001=[action=accept] "
                              "/0002=[action=accept proto=tcp dstports=80-80]";
    CHECK(told({ended, ends, "action=accept proto=tcp dstports=80 comment=a, b"}) ==
          Words{"/qubes-firewall/10.137.0.5" + below, "/qubes-firewall/fd09::5" + below});
}

TEST_CASE("firewall trees: any number of rules has keys of four digits, in their order", "[life]")
{
    const auto trees = firewall_trees(
        {"fd09:24ef:4179:1234:1234:1234:1234:1234"},
        rules(Words(1000, "action=accept dst6=2001:db8::1 proto=udp dstports=1-65535")), now);
    REQUIRE(trees.size() == 1);
    REQUIRE(trees[0].below.size() == 1001);
    for (std::size_t i = 1; i < trees[0].below.size(); ++i) {
        const std::string& key = trees[0].below[i].first;
        CHECK(key.size() == trees[0].root.size() + 5);
        CHECK(key.size() <= longest_key);
        if (i > 1)
            CHECK(trees[0].below[i - 1].first < key);
    }
    CHECK(trees[0].below.back().first == trees[0].root + "/0999");
}
