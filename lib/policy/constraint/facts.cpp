// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/constraint/facts.hpp"

#include "names/number.hpp"
#include "policy/constraint/glob.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

bool is_item(const ConstraintItem& item, const std::string& value, std::string_view caller,
             ConstraintFacts& facts)
{
    using Kind = ConstraintItem::Kind;
    const auto is_of = [&](TokenKind kind) {
        return !value.empty() && matches({kind, item.text}, facts.party(value));
    };
    switch (item.kind) {
    case Kind::word: return value == item.text;
    case Kind::tag: return is_of(TokenKind::tag);
    case Kind::type: return is_of(TokenKind::type);
    case Kind::none: return value.empty();
    case Kind::the_default: return facts.default_value() == value;
    case Kind::caller: return value == caller;
    case Kind::current: return facts.current_value() == value;
    }
    return false;
}

bool is_at_most(std::optional<std::uint64_t> count, std::int64_t most) noexcept
{
    return count && *count <= static_cast<std::uint64_t>(most);
}

bool subject_holds(const ConstraintCondition& condition, const std::string& subject,
                   std::string_view caller, ConstraintFacts& facts)
{
    using Kind = ConstraintCondition::Kind;
    const auto listed = [&] {
        return std::ranges::any_of(condition.items, [&](const ConstraintItem& item) {
            return is_item(item, subject, caller, facts);
        });
    };
    switch (condition.kind) {
    case Kind::in: return listed();
    case Kind::not_in: return !listed();
    case Kind::between: {
        const auto number = parse_integer(subject);
        return number && *number >= condition.least && *number <= condition.most;
    }
    case Kind::match: return matches_glob(condition.pattern, subject);
    case Kind::max_length: return is_at_most(subject.size(), condition.most);
    case Kind::max_running:
    case Kind::max_qubes: break;
    }
    return false;
}

} // namespace

bool holds(const ConstraintCondition& condition, const Constraint& line, std::string_view argument,
           std::string_view caller, ConstraintFacts& facts)
{
    if (condition.kind == ConstraintCondition::Kind::max_running)
        return is_at_most(facts.running(line.destination), condition.most);
    if (condition.kind == ConstraintCondition::Kind::max_qubes)
        return is_at_most(facts.qubes_of_caller(), condition.most);
    std::optional<std::string> subject;
    switch (condition.subject.kind) {
    case ConstraintSubject::Kind::value: subject = facts.value(); break;
    case ConstraintSubject::Kind::field: subject = facts.field(condition.subject.key); break;
    case ConstraintSubject::Kind::argument: subject = std::string{argument}; break;
    }
    return subject && subject_holds(condition, *subject, caller, facts);
}

} // namespace qmgmt
