// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/text/token.hpp"

#include "policy/text/plain.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::size_t most_word = 255;
constexpr std::string_view uuid_start = "uuid:";

bool is_plain_word(std::string_view word) noexcept
{
    return !word.empty() && word.size() <= most_word &&
           std::ranges::all_of(word, [](char c) { return is_plain(c); });
}

// "ba1b...": 32 lower case hex digits and four dashes.
bool is_uuid(std::string_view text) noexcept
{
    constexpr std::string_view shape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return std::ranges::equal(text, shape, [](char c, char like) {
        return like == '-' ? c == '-' : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

bool is_special(char first, TokenSyntax syntax) noexcept
{
    return first == '@' || (first == '$' && syntax == TokenSyntax::old);
}

// Of "tag:work" behind the sign, for "tag:".
std::optional<std::string_view> behind(std::string_view word, std::string_view start) noexcept
{
    if (!word.starts_with(start) || !is_plain_word(word.substr(start.size())))
        return std::nullopt;
    return word.substr(start.size());
}

std::optional<PolicyToken> parse_disposable(std::string_view of, TokenPlace place,
                                            TokenSyntax syntax) noexcept
{
    if (is_plain_word(of))
        return PolicyToken{TokenKind::disposable_of, of};
    if (place != TokenPlace::redirection && !of.empty() && is_special(of.front(), syntax))
        if (const auto tag = behind(of.substr(1), "tag:"))
            return PolicyToken{TokenKind::disposable_of_tag, *tag};
    return std::nullopt;
}

// What stands behind the sign.
std::optional<PolicyToken> parse_special(std::string_view word, TokenPlace place,
                                         TokenSyntax syntax) noexcept
{
    constexpr std::string_view disposable = "dispvm:";
    const bool is_choice = place != TokenPlace::redirection;
    if (word == "adminvm")
        return PolicyToken{TokenKind::admin};
    if (word == "dispvm" && place != TokenPlace::source)
        return PolicyToken{TokenKind::new_disposable};
    if (word.starts_with(disposable))
        return parse_disposable(word.substr(disposable.size()), place, syntax);
    if (word == "anyvm" && is_choice)
        return PolicyToken{TokenKind::any_vm};
    if (word == "default" && place == TokenPlace::destination)
        return PolicyToken{TokenKind::none};
    if (const auto tag = behind(word, "tag:"); tag && is_choice)
        return PolicyToken{TokenKind::tag, *tag};
    if (const auto type = behind(word, "type:"); type && is_choice)
        return PolicyToken{TokenKind::type, *type};
    return std::nullopt;
}

} // namespace

std::optional<PolicyToken> parse_token(std::string_view untrusted, TokenPlace place,
                                       TokenSyntax syntax) noexcept
{
    if (untrusted.empty())
        return std::nullopt;
    if (is_special(untrusted.front(), syntax))
        return parse_special(untrusted.substr(1), place, syntax);
    if (untrusted == "*" && place != TokenPlace::redirection)
        return PolicyToken{TokenKind::all};
    if (untrusted == "dom0")
        return PolicyToken{TokenKind::admin};
    if (untrusted.starts_with(uuid_start) && is_uuid(untrusted.substr(uuid_start.size())))
        return PolicyToken{TokenKind::uuid, untrusted.substr(uuid_start.size())};
    if (is_plain_word(untrusted))
        return PolicyToken{TokenKind::name, untrusted};
    return std::nullopt;
}

bool matches(const PolicyToken& token, const PolicyParty& party) noexcept
{
    const bool is_qube = party.kind == PartyKind::qube;
    switch (token.kind) {
    case TokenKind::all: return true;
    case TokenKind::any_vm: return party.kind != PartyKind::admin;
    case TokenKind::admin: return party.kind == PartyKind::admin;
    case TokenKind::none: return party.kind == PartyKind::none;
    case TokenKind::new_disposable: return party.kind == PartyKind::new_disposable;
    case TokenKind::disposable_of:
        return party.kind == PartyKind::disposable_of && party.qube.name == token.word;
    case TokenKind::disposable_of_tag:
        return party.kind == PartyKind::disposable_of && has_tag(party.qube, token.word);
    case TokenKind::name: return is_qube && party.qube.name == token.word;
    case TokenKind::uuid: return is_qube && party.qube.uuid == token.word;
    case TokenKind::tag: return is_qube && has_tag(party.qube, token.word);
    case TokenKind::type: return is_qube && party.qube.klass == token.word;
    }
    return false;
}

} // namespace qmgmt
