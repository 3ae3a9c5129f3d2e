// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/constraint/condition.hpp"

#include "names/number.hpp"

#include <algorithm>
#include <limits>

namespace qmgmt {
namespace {

using Words = std::span<const ConstraintWord>;

bool is_name(std::string_view text, std::string_view more) noexcept
{
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || more.find(c) != std::string_view::npos;
    });
}

// One condition, word by word.
class Parser {
public:
    explicit Parser(Words words) : rest_{words} {}

    ConstraintCondition condition()
    {
        if (rest_.empty())
            throw ConstraintSyntax{"a condition is missing"};
        ConstraintCondition found = start();
        if (!rest_.empty())
            fail_constraint("a condition ends before", rest_.front().text);
        return found;
    }

private:
    ConstraintCondition start()
    {
        const ConstraintWord& first = rest_.front();
        if (first.is("max-running") || first.is("max-qubes")) {
            ConstraintCondition limit{.kind = first.is("max-running")
                                                  ? ConstraintCondition::Kind::max_running
                                                  : ConstraintCondition::Kind::max_qubes};
            take("");
            limit.most = limit_word();
            return limit;
        }
        const bool inverse = first.is("not");
        if (inverse)
            take("");
        const ConstraintSubject asked = subject();
        const ConstraintWord how = take("what is demanded is missing: in, between, match, maxlen");
        ConstraintCondition found{.subject = asked};
        if (how.is("in")) {
            found.kind =
                inverse ? ConstraintCondition::Kind::not_in : ConstraintCondition::Kind::in;
            items(found);
        } else if (inverse) {
            throw ConstraintSyntax{"not stands before in alone"};
        } else if (how.is("between")) {
            found.kind = ConstraintCondition::Kind::between;
            range(found);
        } else if (how.is("match")) {
            found.kind = ConstraintCondition::Kind::match;
            found.pattern = take("a pattern is missing").text;
        } else if (how.is("maxlen")) {
            found.kind = ConstraintCondition::Kind::max_length;
            found.most = limit_word();
        } else {
            fail_constraint("neither in, between, match nor maxlen:", how.text);
        }
        return found;
    }

    ConstraintSubject subject()
    {
        const ConstraintWord word = take("what is meant is missing: value, field, arg");
        if (word.is("value"))
            return {};
        if (word.is("arg"))
            return {.kind = ConstraintSubject::Kind::argument};
        if (!word.is("field"))
            fail_constraint("neither value, field nor arg:", word.text);
        const ConstraintWord key = take("the name of the field is missing");
        if (key.quoted || !is_name(key.text, ".:"))
            fail_constraint("not the name of a field:", key.text);
        return {.kind = ConstraintSubject::Kind::field, .key = key.text};
    }

    void items(ConstraintCondition& condition)
    {
        do
            condition.items.push_back(item(take("an item is missing")));
        while (!rest_.empty());
    }

    static ConstraintItem item(const ConstraintWord& word)
    {
        constexpr std::string_view tag = "@tag:";
        constexpr std::string_view type = "@type:";
        using Kind = ConstraintItem::Kind;
        if (word.quoted || !word.text.starts_with('@'))
            return {Kind::word, word.text};
        if (word.text == "@none")
            return {Kind::none};
        if (word.text == "@default")
            return {Kind::the_default};
        if (word.text == "@self")
            return {Kind::caller};
        if (word.text == "@current")
            return {Kind::current};
        if (word.text.starts_with(tag) && is_name(word.text.substr(tag.size()), ""))
            return {Kind::tag, word.text.substr(tag.size())};
        if (word.text.starts_with(type) && is_name(word.text.substr(type.size()), ""))
            return {Kind::type, word.text.substr(type.size())};
        fail_constraint("not an item, and not in quotes:", word.text);
    }

    void range(ConstraintCondition& condition)
    {
        condition.least = bound();
        condition.most = bound();
        if (condition.least > condition.most)
            throw ConstraintSyntax{"nothing lies between these two: the smaller one comes first"};
    }

    std::int64_t bound()
    {
        const ConstraintWord word = take("a number is missing");
        const auto number = parse_integer(word.text);
        if (word.quoted || !number)
            fail_constraint("not a number:", word.text);
        return *number;
    }

    std::int64_t limit_word()
    {
        const ConstraintWord word = take("a number is missing");
        const auto number = parse_decimal(word.text);
        if (word.quoted || !number)
            fail_constraint("not a number:", word.text);
        return static_cast<std::int64_t>(*number);
    }

    ConstraintWord take(std::string_view complaint)
    {
        if (rest_.empty())
            throw ConstraintSyntax{std::string{complaint}};
        const ConstraintWord word = rest_.front();
        rest_ = rest_.subspan(1);
        return word;
    }

    Words rest_;
};

} // namespace

std::vector<ConstraintCondition> parse_conditions(std::span<const ConstraintWord> words)
{
    std::vector<ConstraintCondition> conditions;
    for (;;) {
        const auto end =
            std::ranges::find_if(words, [](const ConstraintWord& word) { return word.is("and"); });
        const auto length = static_cast<std::size_t>(end - words.begin());
        conditions.push_back(Parser{words.first(length)}.condition());
        if (length == words.size())
            return conditions;
        words = words.subspan(length + 1);
    }
}

} // namespace qmgmt
