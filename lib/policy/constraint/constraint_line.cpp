// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/constraint/constraint_line.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::size_t least_words = 5;

bool is_call(const ConstraintWord& word) noexcept
{
    return !word.quoted && !word.text.empty() && std::ranges::all_of(word.text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-' || c == '*';
    });
}

ConstraintEnd end_of(const ConstraintWord& word, std::string_view which)
{
    if (word.is("@self"))
        return {.is_other_end = true};
    const auto token = word.quoted
                           ? std::nullopt
                           : parse_token(word.text, TokenPlace::source, TokenSyntax::current);
    if (token && token->kind != TokenKind::disposable_of &&
        token->kind != TokenKind::disposable_of_tag)
        return {.token = *token};
    fail_constraint(std::string{"not a "}.append(which).append(":"), word.text);
}

bool is_same(const PolicyParty& one, const PolicyParty& other) noexcept
{
    return one.kind == other.kind &&
           (one.kind == PartyKind::admin ||
            (one.kind == PartyKind::qube && one.qube.name == other.qube.name));
}

// A limit that could never be reached would be taken for one that holds.
void check_limits(const Constraint& line)
{
    const bool counts = std::ranges::any_of(line.conditions, [](const ConstraintCondition& one) {
        return one.kind == ConstraintCondition::Kind::max_running;
    });
    if (counts && line.destination.token.kind == TokenKind::admin && !line.destination.is_other_end)
        throw ConstraintSyntax{
            "max-running counts the qubes that the destination means, and dom0 is none"};
}

} // namespace

Constraint parse_constraint(std::span<const ConstraintWord> words)
{
    if (words.size() < least_words)
        throw ConstraintSyntax{"a line is: call, argument, source, destination, verdict"};
    if (!is_call(words[0]))
        fail_constraint("not a call:", words[0].text);
    if (words[1].quoted)
        fail_constraint("an argument stands without quotes:", words[1].text);
    Constraint line{.call = words[0].text,
                    .argument = words[1].text,
                    .no_argument = words[1].is("-"),
                    .source = end_of(words[2], "source"),
                    .destination = end_of(words[3], "destination")};
    const bool plain = words[4].is("allow") || words[4].is("deny");
    if (plain && words.size() > least_words)
        fail_constraint("a line ends before", words[least_words].text);
    if (plain) {
        line.verdict =
            words[4].is("allow") ? Constraint::Verdict::allow : Constraint::Verdict::deny;
        return line;
    }
    line.verdict = Constraint::Verdict::conditions;
    line.conditions = parse_conditions(words.subspan(least_words - 1));
    check_limits(line);
    return line;
}

bool means(const ConstraintEnd& end, const PolicyParty& party, const PolicyParty& other) noexcept
{
    return end.is_other_end ? is_same(party, other) : matches(end.token, party);
}

} // namespace qmgmt
