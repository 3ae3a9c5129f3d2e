// SPDX-License-Identifier: GPL-2.0-or-later
//
// A list of rules: ids that stay, places, limits.

#include "firewall/rule_list.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace qmgmt;
using qmgmt::test::failure_of;

namespace {

RuleId insert(RuleList& list, std::string_view place, std::string_view line)
{
    return list.insert(parse_rule_place(place), Rule::parse(line));
}

// "1 action=drop" each, counters alone.
std::vector<std::string> rows(std::span<const ListedRule> rules)
{
    std::vector<std::string> found;
    for (const ListedRule& listed : rules)
        found.push_back(std::to_string(listed.counter) + " " + listed.rule.canonical());
    return found;
}

std::vector<std::string> chosen(const RuleList& list, std::string_view choice)
{
    return rows(list.chosen(parse_rule_choice(choice)));
}

using Rows = std::vector<std::string>;

RuleList three()
{
    RuleList list;
    for (const std::string_view line :
         {"action=accept dst4=192.0.2.1", "action=accept dst4=192.0.2.2", "action=drop"})
        insert(list, "", line);
    return list;
}

} // namespace

TEST_CASE("rule ids: a counter and the hash of the text", "[firewall]")
{
    const RuleId id{12, Rule::parse("action=accept")};
    // printf action=accept | sha256sum
    CHECK(id.text() == "12.fa25a6cf");
    CHECK(RuleId::parse(id.text()) == id);
    for (const std::string_view text :
         {"", ".", "12", "12.", "12.fa25a6c", "12.fa25a6cfd", "12.FA25A6CF", "012.fa25a6cf",
          "-1.fa25a6cf", "12.fa25a6cf ", "12.fa25a6cg", ".fa25a6cf", "1.2.fa25a6cf"})
        CHECK_FALSE(RuleId::parse(text));
}

TEST_CASE("positions: what names rules, and where one may go", "[firewall]")
{
    const RuleList list = three();
    CHECK(chosen(list, "").size() == 3);
    CHECK(chosen(list, "2") == Rows{"3 action=drop"});
    CHECK(chosen(list, "1-1") == chosen(list, "1"));
    CHECK(chosen(list, "1-2").size() == 2);
    CHECK(chosen(list, "1-99").size() == 2);
    CHECK(chosen(list, "1-").size() == 2);
    CHECK(chosen(list, "3-").empty());
    CHECK(chosen(list, "7-9223372036854775807").empty());
    CHECK(chosen(list, list.rules()[1].id().text()) == chosen(list, "1"));
    CHECK(chosen(RuleList{}, "0-").empty());
    for (const std::string_view gone : {"3", "2.00000000", "9223372036854775807"})
        CHECK(failure_of([&] { static_cast<void>(chosen(list, gone)); }) == Failure::not_found);
    for (const std::string_view none : {"x", "-", "-1", "1-0", "00", "1--2", "1-2-3", "end",
                                        "start", "1 ", "9223372036854775808", "after-1", "1.x"})
        CHECK(failure_of([&] { static_cast<void>(parse_rule_choice(none)); }) == Failure::protocol);
    for (const std::string_view none :
         {"x", "-", "1-2", "after-", "after-1", "before-1.00000000", "END", "01", "-1"})
        CHECK(failure_of([&] { static_cast<void>(parse_rule_place(none)); }) == Failure::protocol);
}

TEST_CASE("a list of rules: each goes where it was told to, the ids of others stay", "[firewall]")
{
    RuleList list = three();
    insert(list, "start", "action=drop proto=tcp");
    insert(list, "0", "action=drop proto=udp");
    insert(list, "end", "action=drop proto=icmp");
    insert(list, "6", "action=accept");
    insert(list, list.rules()[2].id().text(), "action=accept comment=before");
    insert(list, "after-" + list.rules()[3].id().text(), "action=accept comment=behind");
    CHECK(rows(list.rules()) ==
          Rows{"5 action=drop proto=udp", "4 action=drop proto=tcp",
               "8 action=accept comment=before", "1 action=accept dst4=192.0.2.1/32",
               "9 action=accept comment=behind", "2 action=accept dst4=192.0.2.2/32",
               "3 action=drop", "6 action=drop proto=icmp", "7 action=accept"});
    CHECK(list.next_counter() == 10);
    for (const std::string_view place : {"10", "3.00000000", "after-99.fa25a6cf"})
        CHECK(failure_of([&] { insert(list, place, "action=drop"); }) == Failure::not_found);
    CHECK(list.next_counter() == 10);
}

TEST_CASE("a list of rules: an id that was removed means nothing again", "[firewall]")
{
    RuleList list = three();
    const RuleId last = list.rules()[2].id();
    list.remove(last);
    CHECK(failure_of([&] { list.remove(last); }) == Failure::not_found);
    CHECK(insert(list, "", "action=drop").text() != last.text());
    CHECK(failure_of([&] { list.remove(last); }) == Failure::not_found);
    CHECK(failure_of([&] { list.remove(parse_rule_id("1.00000000")); }) == Failure::not_found);
    list.flush();
    CHECK(list.rules().empty());
    CHECK(insert(list, "", "action=accept").counter() == 5);
    list.replace({Rule::accept_all(), Rule::accept_all()});
    CHECK(rows(list.rules()) == Rows{"6 action=accept", "7 action=accept"});
    list.replace({Rule::accept_all(), Rule::accept_all()});
    CHECK(rows(list.rules()) == Rows{"6 action=accept", "7 action=accept"});
    list.replace({Rule::accept_all()});
    CHECK(rows(list.rules()) == Rows{"8 action=accept"});
}

TEST_CASE("a list of rules: what expired is not counted", "[firewall]")
{
    RuleList list = three();
    insert(list, "1", "action=drop expire=100");
    CHECK_FALSE(list.has_expired(100));
    CHECK(list.has_expired(101));
    list.drop_expired(101);
    CHECK_FALSE(list.has_expired(101));
    CHECK(rows(list.rules()) == rows(three().rules()));
    CHECK(list.next_counter() == 5);
}

TEST_CASE("a list of rules: counters of a file that gives none, or wrong ones", "[firewall]")
{
    const auto restored = [](std::vector<std::uint64_t> counters, std::uint64_t next) {
        std::vector<ListedRule> rules;
        for (const auto counter : counters)
            rules.push_back({counter, Rule::accept_all()});
        const RuleList list = RuleList::restore(rules, next);
        std::vector<std::uint64_t> found;
        for (const ListedRule& listed : list.rules())
            found.push_back(listed.counter);
        found.push_back(list.next_counter());
        return found;
    };
    using Counters = std::vector<std::uint64_t>;
    CHECK(restored({0, 0, 0}, 0) == Counters{1, 2, 3, 4});
    CHECK(restored({}, 0) == Counters{1});
    CHECK(restored({}, 7) == Counters{7});
    CHECK(restored({3, 0, 1}, 0) == Counters{3, 4, 1, 5});
    CHECK(restored({3, 3, 1}, 9) == Counters{3, 9, 1, 10});
    CHECK(restored({3}, 2) == Counters{3, 4});
    CHECK(restored({9'223'372'036'854'775'807U, 2}, 18'000'000'000'000'000'000U) ==
          Counters{3, 2, 4});
}

TEST_CASE("a list of rules: how many and how long", "[firewall]")
{
    RuleList list;
    for (int i = 0; i < 1000; ++i)
        insert(list, "", "action=drop");
    CHECK(failure_of([&] { insert(list, "", "action=drop"); }) == Failure::too_large);

    // 127 rules of 512 bytes and their ends fill it but for 385 bytes.
    RuleList large;
    const std::string line = "action=drop comment=" + std::string(491, 'c');
    for (int i = 0; i < 128; ++i)
        insert(large, "", line);
    CHECK(failure_of([&] { insert(large, "", "action=drop"); }) == Failure::too_large);
    RuleList others;
    CHECK(failure_of([&] { others.replace(std::vector<Rule>(129, Rule::parse(line))); }) ==
          Failure::too_large);
    others.replace(std::vector<Rule>(128, Rule::parse(line)));
    CHECK(others.rules().size() == 128);
}
