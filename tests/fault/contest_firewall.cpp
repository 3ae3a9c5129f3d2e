// SPDX-License-Identifier: GPL-2.0-or-later
//
// Five processes change and read the firewall of one qube at once. Afterwards an order of all that
// was asked is looked for in which every answer is the one that a list on paper would give, each
// between its question and its end, and which ends at what is stored. There always is one: nobody
// saw half a change, and no id ever removed another rule.

#include "calls/firewall_world.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <optional>
#include <random>
#include <set>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t processes = 5;
constexpr std::size_t questions_each = 10;
constexpr unsigned rounds = 12;

struct Question {
    Ask ask;
    Outcome outcome = {};
    Clock::time_point begin = {};
    Clock::time_point end = {};
};
using Diary = std::vector<Question>;

std::vector<std::string> ids_in(std::string_view reply)
{
    std::vector<std::string> ids;
    for (RuleRow& row : rule_rows_of(reply))
        ids.push_back(std::move(row.id));
    return ids;
}

// What a process asks next, of what it knows: ids that it was given or shown, gone ones among them.
Ask next_question(std::minstd_rand& random, const std::vector<std::string>& known)
{
    const auto some_id = [&] {
        return known.empty() ? "1.fa25a6cf" : known[random() % known.size()];
    };
    const std::size_t kind = random() % 20;
    if (kind < 9) {
        const std::array<std::string, 6> places{
            "", "0", "2", std::to_string(random() % 12), some_id(), "after-" + some_id()};
        const std::array<std::string, 3> rules{"action=accept", "action=drop",
                                               "action=drop dsthost=h" +
                                                   std::to_string(random() % 100)};
        return {"work", "vm.firewall.InsertRule", places[random() % places.size()],
                rules[random() % rules.size()]};
    }
    if (kind < 15)
        return {"work", "vm.firewall.RemoveRule", some_id()};
    if (kind < 19)
        return {"work", "vm.firewall.Get"};
    return {"work", "vm.firewall.Flush"};
}

Diary take_part(const World& world, unsigned seed)
{
    std::minstd_rand random{seed};
    std::vector<std::string> known;
    Diary diary;
    for (std::size_t i = 0; i < questions_each; ++i) {
        Question question{next_question(random, known)};
        question.begin = Clock::now();
        question.outcome = run_call(world.root, question.ask);
        question.end = Clock::now();
        if (question.outcome.status == 0 && question.ask.call == "vm.firewall.InsertRule")
            known.push_back(question.outcome.out);
        if (question.outcome.status == 0 && question.ask.call == "vm.firewall.Get")
            std::ranges::copy(ids_in(question.outcome.out), std::back_inserter(known));
        diary.push_back(std::move(question));
    }
    return diary;
}

// The list on paper: ids in order, and the next counter.
struct Paper {
    std::vector<std::string> ids{"1.fa25a6cf"};
    std::uint64_t next = 2;

    [[nodiscard]] std::optional<std::size_t> place(const std::string& position) const
    {
        const bool behind = position.starts_with("after-");
        const std::string what = behind ? position.substr(6) : position;
        if (what.empty())
            return ids.size();
        if (what.find('.') == std::string::npos) {
            const std::size_t index = std::stoul(what);
            return index <= ids.size() ? std::optional{index} : std::nullopt;
        }
        const auto found = std::ranges::find(ids, what);
        if (found == ids.end())
            return std::nullopt;
        return static_cast<std::size_t>(found - ids.begin()) + (behind ? 1 : 0);
    }

    // Whether this is what the question would be answered now; it then is.
    bool answers(const Question& question)
    {
        const bool done = question.outcome.status == 0;
        if (!done && question.outcome.status != static_cast<int>(Failure::not_found))
            return false;
        if (question.ask.call == "vm.firewall.Get")
            return done && ids_in(question.outcome.out) == ids;
        if (question.ask.call == "vm.firewall.Flush") {
            ids.clear();
            return done;
        }
        const auto at = place(question.ask.argument);
        if (done != at.has_value() || !done)
            return done == at.has_value();
        const auto where = ids.begin() + static_cast<std::ptrdiff_t>(*at);
        if (question.ask.call == "vm.firewall.RemoveRule") {
            ids.erase(where);
            return true;
        }
        ids.insert(where, question.outcome.out);
        return question.outcome.out.starts_with(std::to_string(next++) + ".");
    }

    [[nodiscard]] std::string text() const
    {
        std::string out = std::to_string(next);
        for (const std::string& id : ids)
            out += " " + id;
        return out;
    }
};

class Explanation {
public:
    Explanation(const std::vector<Diary>& diaries, std::vector<std::string> end)
        : diaries_{diaries}, end_{std::move(end)}, read_(diaries.size(), 0)
    {
    }

    bool found() { return continues(Paper{}); }

private:
    // Questions that had ended when another was asked came before it.
    [[nodiscard]] bool may_be_next(const Question& question) const
    {
        for (std::size_t i = 0; i < diaries_.size(); ++i) {
            if (read_[i] < diaries_[i].size() && diaries_[i][read_[i]].end < question.begin)
                return false;
        }
        return true;
    }

    bool continues(const Paper& paper)
    {
        std::string key = paper.text() + " |";
        for (const std::size_t count : read_)
            key += " " + std::to_string(count);
        if (!tried_.insert(key).second)
            return false;
        bool all_read = true;
        for (std::size_t i = 0; i < diaries_.size(); ++i) {
            if (read_[i] == diaries_[i].size())
                continue;
            all_read = false;
            const Question& question = diaries_[i][read_[i]];
            Paper then = paper;
            if (!may_be_next(question) || !then.answers(question))
                continue;
            ++read_[i];
            if (continues(then))
                return true;
            --read_[i];
        }
        return all_read && paper.ids == end_;
    }

    const std::vector<Diary>& diaries_;
    std::vector<std::string> end_;
    std::vector<std::size_t> read_; // of each diary
    std::set<std::string> tried_;
};

void print(const std::vector<Diary>& diaries)
{
    for (const Diary& diary : diaries) {
        for (const Question& question : diary)
            std::cout << question.begin.time_since_epoch().count() << " to "
                      << question.end.time_since_epoch().count() << ": " << describe(question.ask)
                      << " gave " << question.outcome.status << " " << question.outcome.out
                      << question.outcome.err << "\n";
    }
}

std::size_t overlapping(const std::vector<Diary>& diaries)
{
    std::size_t found = 0;
    for (const Diary& diary : diaries) {
        for (const Question& one : diary)
            for (const Diary& other : diaries)
                found += &other == &diary
                             ? 0
                             : static_cast<std::size_t>(
                                   std::ranges::count_if(other, [&](const Question& two) {
                                       return two.begin < one.end && one.begin < two.end;
                                   }));
    }
    return found;
}

} // namespace

TEST_CASE("contest: changes of a firewall at once are changes one after the other")
{
    std::size_t at_once = 0;
    std::size_t stale = 0;
    for (unsigned round = 1; round <= rounds; ++round) {
        INFO("round " << round);
        const FirewallWorld world;
        std::vector<Diary> diaries(processes);
        {
            std::vector<std::jthread> taking_part;
            for (unsigned i = 0; i < processes; ++i)
                taking_part.emplace_back(
                    [&, i] { diaries[i] = take_part(world, round * 100 + i); });
        }
        at_once += overlapping(diaries);
        for (const Diary& diary : diaries)
            stale +=
                static_cast<std::size_t>(std::ranges::count_if(diary, [](const Question& question) {
                    return question.ask.call == "vm.firewall.RemoveRule" &&
                           question.outcome.status != 0;
                }));
        const bool explained =
            Explanation{diaries, ids_in(world.reply({"work", "vm.firewall.Get"}))}.found();
        if (!explained)
            print(diaries);
        CHECK(explained);
        CHECK_FALSE(Explanation{diaries, {"1.00000000"}}.found()); // not everything is
    }
    std::cout << at_once << " pairs at once, " << stale << " ids that were gone" << std::endl;
    CHECK(at_once > rounds * processes);
    CHECK(stale > 0);
}
