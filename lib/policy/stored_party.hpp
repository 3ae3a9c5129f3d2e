// SPDX-License-Identifier: GPL-2.0-or-later
//
// The qubes of the store as a policy sees them.
#pragma once

#include "policy/party.hpp"
#include "store/index.hpp"

#include <optional>
#include <string_view>

namespace qmgmt {

// The views are those of the entry.
[[nodiscard]] PolicyParty party_of(const IndexEntry& qube) noexcept;
// Who is called so: nobody, when the store does not know the name. The views are the index's.
[[nodiscard]] PolicyParty party_of(const Index& index, std::string_view name);

// The destination that a caller may name: a qube by its name or uuid, dom0, @adminvm, @default,
// @dispvm, @dispvm:NAME; who does not exist is nobody. Nothing for other words.
[[nodiscard]] std::optional<PolicyParty> destination_party(const Index& index,
                                                           std::string_view untrusted);

} // namespace qmgmt
