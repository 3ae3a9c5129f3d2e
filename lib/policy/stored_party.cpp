// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/stored_party.hpp"

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

} // namespace qmgmt
