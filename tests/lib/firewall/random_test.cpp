// SPDX-License-Identifier: GPL-2.0-or-later
//
// Rules and lists drawn at random, thousands of them: what is written is read as the same, and a
// list does what a plain one would. QMGMT_SEED repeats a run.

#include "firewall/firewall_xml.hpp"
#include "firewall/rule_lines.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace qmgmt;
using qmgmt::test::failure_of;

namespace {

class Dice {
public:
    Dice()
    {
        const char* const given = std::getenv("QMGMT_SEED");
        seed_ = given == nullptr ? std::random_device{}()
                                 : static_cast<unsigned>(std::strtoul(given, nullptr, 10));
        random_.seed(seed_);
    }

    [[nodiscard]] unsigned seed() const { return seed_; }
    // 0 to `sides` - 1.
    std::size_t roll(std::size_t sides) { return random_() % sides; }
    bool one_in(std::size_t sides) { return roll(sides) == 0; }
    std::string number(std::size_t sides) { return std::to_string(roll(sides)); }
    std::string text(std::string_view bytes, std::size_t longest)
    {
        std::string out;
        for (std::size_t left = roll(longest + 1); left > 0; --left)
            out += bytes[roll(bytes.size())];
        return out;
    }
    template<typename Container>
    const auto& pick(const Container& from)
    {
        return from[roll(from.size())];
    }

private:
    unsigned seed_;
    std::mt19937 random_;
};

std::string ipv4(Dice& dice)
{
    std::string address = dice.number(256);
    for (int i = 0; i < 3; ++i)
        address += "." + dice.number(256);
    return address + (dice.one_in(2) ? "" : "/" + dice.number(34));
}

std::string ipv6(Dice& dice)
{
    std::string address;
    const std::size_t groups = dice.roll(9);
    for (std::size_t i = 0; i < groups; ++i)
        address += (i == 0 ? "" : ":") + dice.text("0123456789abcdefABCDEF", 4);
    return address + (dice.one_in(2) ? "::" : "") + (dice.one_in(2) ? "" : "/" + dice.number(130));
}

std::string ports(Dice& dice)
{
    return dice.number(65600) + (dice.one_in(2) ? "" : "-" + dice.number(65600));
}

std::string host(Dice& dice)
{
    return dice.text("abcxyz019-_", 20) + (dice.one_in(2) ? "" : ".") +
           dice.text("abcdefghijklmnopqrstuvwxyz.", dice.one_in(20) ? 240 : 10);
}

std::string comment(Dice& dice)
{
    return dice.text("abcABC019:;,./_[] -", dice.one_in(20) ? 520 : 30);
}

// Mostly one that holds, often nearly.
std::string line(Dice& dice)
{
    std::vector<std::string> options;
    const std::vector<std::string> actions{"accept", "drop", "accept", "drop", "reject"};
    const std::vector<std::string> protocols{"tcp", "udp", "icmp"};
    if (!dice.one_in(30))
        options.push_back("action=" + dice.pick(actions));
    if (dice.one_in(3))
        options.push_back("expire=" + dice.number(4'000'000'000));
    if (dice.one_in(2)) {
        const std::vector<std::string> keys{"dst4", "dst6", "dsthost", "dstname"};
        const std::vector<std::string> targets{ipv4(dice), ipv6(dice), host(dice)};
        options.push_back(dice.pick(keys) + "=" + dice.pick(targets));
    }
    const std::string protocol = dice.pick(protocols);
    if (dice.one_in(2))
        options.push_back("proto=" + protocol);
    if (dice.one_in(4))
        options.emplace_back("specialtarget=dns");
    if (dice.one_in(protocol == "icmp" ? 20 : 3))
        options.push_back("dstports=" + ports(dice));
    if (dice.one_in(protocol == "icmp" ? 2 : 20))
        options.push_back("icmptype=" + dice.number(260));
    for (std::size_t i = options.size(); i > 1; --i)
        std::swap(options[i - 1], options[dice.roll(i)]);
    std::string text;
    for (const std::string& option : options)
        text += (text.empty() ? "" : " ") + option;
    if (dice.one_in(3))
        text += " comment=" + comment(dice);
    if (dice.one_in(10) && !text.empty()) // a byte that somebody mistyped
        text[dice.roll(text.size())] = "=/. -x0\t\n"[dice.roll(9)];
    return text;
}

std::optional<Rule> rule_of(const std::string& text)
{
    try {
        return Rule::parse(text);
    } catch (const Error& error) {
        CHECK(error.type() == failure::bad_value);
        return std::nullopt;
    }
}

Rule some_rule(Dice& dice)
{
    for (;;) {
        if (const auto rule = rule_of(line(dice)))
            return *rule;
    }
}

} // namespace

TEST_CASE("random rules: what is accepted is written as it would be accepted", "[firewall]")
{
    Dice dice;
    INFO("QMGMT_SEED=" << dice.seed());
    std::size_t accepted = 0;
    std::size_t refused = 0;
    for (int i = 0; i < 50'000; ++i) {
        const std::string text = line(dice);
        const auto rule = rule_of(text);
        ++(rule ? accepted : refused);
        if (!rule)
            continue;
        const std::string canonical = rule->canonical();
        if (Rule::parse(canonical) != *rule || Rule::parse(canonical).canonical() != canonical ||
            canonical.size() > longest_rule)
            FAIL("'" << text << "' became '" << canonical << "'");
        const Rule told = Rule::parse(rule->applied_text());
        if (told.action() != rule->action() || told.destination() != rule->destination() ||
            told.protocol() != rule->protocol() || told.is_for_dns() != rule->is_for_dns() ||
            told.ports() != rule->ports() || told.icmp_type() != rule->icmp_type())
            FAIL("'" << text << "' is applied as '" << rule->applied_text() << "'");
    }
    // What is drawn is worth drawing.
    CHECK(accepted > 10'000);
    CHECK(refused > 5'000);
}

TEST_CASE("random lists: what is written is read as the same", "[firewall]")
{
    Dice dice;
    INFO("QMGMT_SEED=" << dice.seed());
    for (int i = 0; i < 2'000; ++i) {
        std::vector<ListedRule> rules;
        for (std::size_t left = dice.roll(30); left > 0; --left)
            rules.push_back({dice.roll(40), some_rule(dice)});
        const RuleList list = RuleList::restore(rules, dice.roll(50));
        const std::string file = firewall_xml(list);
        if (parse_firewall_xml(file) != list)
            FAIL("another list is read from " << file);
        if (firewall_xml(parse_firewall_xml(file)) != file)
            FAIL("another file is written than " << file);
    }
}

// The model is a list of texts and of ids that were ever given.
TEST_CASE("random lists: each change is what it would be on paper", "[firewall]")
{
    Dice dice;
    INFO("QMGMT_SEED=" << dice.seed());
    struct Line {
        std::string id;
        std::string rule;
    };
    for (int i = 0; i < 200; ++i) {
        RuleList list;
        std::vector<Line> paper;
        std::vector<std::string> gone;
        for (int step = 0; step < 60; ++step) {
            if (!paper.empty() && dice.one_in(3)) {
                const std::size_t at = dice.roll(paper.size());
                list.remove(parse_rule_id(paper[at].id));
                gone.push_back(paper[at].id);
                paper.erase(paper.begin() + static_cast<std::ptrdiff_t>(at));
            } else {
                const std::size_t at = dice.roll(paper.size() + 1);
                const std::vector<std::string> places{
                    std::to_string(at), at == paper.size() ? "end" : paper[at].id,
                    at == 0 ? "start" : "after-" + paper[at - 1].id};
                const Rule rule = dice.one_in(3) ? Rule::accept_all() : some_rule(dice);
                const RuleId id = list.insert(parse_rule_place(dice.pick(places)), rule);
                paper.insert(paper.begin() + static_cast<std::ptrdiff_t>(at),
                             {id.text(), rule.canonical()});
            }
            REQUIRE(std::ranges::equal(
                list.rules(), paper, [](const ListedRule& listed, const Line& line) {
                    return listed.id().text() == line.id && listed.rule.canonical() == line.rule;
                }));
            if (!gone.empty()) {
                const RuleId stale = parse_rule_id(dice.pick(gone));
                REQUIRE(failure_of([&] { list.remove(stale); }) == Failure::not_found);
            }
            if (dice.one_in(10))
                list = parse_firewall_xml(firewall_xml(list));
        }
    }
}
