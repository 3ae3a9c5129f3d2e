// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/destination_table.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::size_t number(TokenKind kind) noexcept
{
    return static_cast<std::size_t>(kind);
}

} // namespace

DestinationTable::DestinationTable(const PolicyView& view, std::string_view argument)
{
    static_assert(number(TokenKind::type) + 1 == kinds);
    for (const PolicyRule* rule : view.rules()) {
        if (!rule->any_argument && rule->argument != argument)
            continue;
        // The first that speaks of a word stays.
        lines_[number(rule->destination.kind)].emplace(rule->destination.word, rules_.size());
        rules_.push_back(rule);
    }
}

std::size_t DestinationTable::line_of(TokenKind kind, std::string_view word) const noexcept
{
    const Lines& lines = lines_[number(kind)];
    if (lines.empty())
        return no_line;
    const auto found = lines.find(word);
    return found == lines.end() ? no_line : found->second;
}

std::size_t DestinationTable::line_of_tags(TokenKind kind, std::string_view tags) const noexcept
{
    std::size_t first = no_line;
    if (lines_[number(kind)].empty())
        return first;
    for (std::size_t at = 0; at < tags.size();) {
        const std::size_t end = std::min(tags.find(' ', at), tags.size());
        if (end > at)
            first = std::min(first, line_of(kind, tags.substr(at, end - at)));
        at = end + 1;
    }
    return first;
}

PolicyDecision DestinationTable::decide(const PolicyParty& destination) const noexcept
{
    const PolicyQube& qube = destination.qube;
    std::size_t first = line_of(TokenKind::all, {});
    const auto take = [&](std::size_t line) { first = std::min(first, line); };
    if (destination.kind != PartyKind::admin)
        take(line_of(TokenKind::any_vm, {}));
    switch (destination.kind) {
    case PartyKind::admin: take(line_of(TokenKind::admin, {})); break;
    case PartyKind::none: take(line_of(TokenKind::none, {})); break;
    case PartyKind::new_disposable: take(line_of(TokenKind::new_disposable, {})); break;
    case PartyKind::disposable_of:
        take(line_of(TokenKind::disposable_of, qube.name));
        take(line_of_tags(TokenKind::disposable_of_tag, qube.tags));
        break;
    case PartyKind::qube:
        take(line_of(TokenKind::name, qube.name));
        take(line_of(TokenKind::uuid, qube.uuid));
        take(line_of(TokenKind::type, qube.klass));
        take(line_of_tags(TokenKind::tag, qube.tags));
        break;
    }
    return first == no_line ? PolicyDecision{}
                            : PolicyDecision{rules_[first]->action, rules_[first]};
}

} // namespace qmgmt
