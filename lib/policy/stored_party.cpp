// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/stored_party.hpp"

#include "policy/text/token.hpp"

namespace qmgmt {

PolicyParty party_of(const IndexEntry& qube) noexcept
{
    if (qube.klass == "AdminVM")
        return {.kind = PartyKind::admin};
    return {.kind = PartyKind::qube,
            .qube = {.name = qube.name,
                     .klass = qube.klass,
                     .uuid = qube.uuid,
                     .tags = qube.tags,
                     .makes_disposables = qube.template_for_dispvms}};
}

PolicyParty party_of(const Index& index, std::string_view name)
{
    if (name == "dom0") // which the store need not say
        return {.kind = PartyKind::admin};
    const auto entry = index.find(name);
    return entry ? party_of(*entry) : PolicyParty{};
}

std::optional<PolicyParty> destination_party(const Index& index, std::string_view untrusted)
{
    const auto token = parse_token(untrusted, TokenPlace::destination, TokenSyntax::current);
    if (!token)
        return std::nullopt;
    switch (token->kind) {
    case TokenKind::admin: return PolicyParty{.kind = PartyKind::admin};
    case TokenKind::none: return PolicyParty{};
    case TokenKind::new_disposable: return PolicyParty{.kind = PartyKind::new_disposable};
    case TokenKind::name: return party_of(index, token->word);
    case TokenKind::uuid: {
        const auto entry = index.find_uuid(token->word);
        return entry ? party_of(*entry) : PolicyParty{};
    }
    case TokenKind::disposable_of: {
        PolicyParty party = party_of(index, token->word);
        if (party.kind == PartyKind::qube)
            party.kind = PartyKind::disposable_of;
        return party.kind == PartyKind::disposable_of ? party : PolicyParty{};
    }
    default: return std::nullopt; // these mean many
    }
}

} // namespace qmgmt
