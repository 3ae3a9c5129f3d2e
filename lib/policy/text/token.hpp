// SPDX-License-Identifier: GPL-2.0-or-later
//
// The words of a policy that say who: names of qubes and those that begin with '@', in old files
// with '$' as well (protocol.md 4.1, 4.2).
#pragma once

#include "policy/party.hpp"

#include <optional>
#include <string_view>

namespace qmgmt {

enum class TokenKind {
    all,               // *
    any_vm,            // @anyvm: everybody but dom0
    admin,             // @adminvm, dom0
    none,              // @default
    new_disposable,    // @dispvm
    disposable_of,     // @dispvm:NAME
    disposable_of_tag, // @dispvm:@tag:TAG
    name,
    uuid, // uuid:...
    tag,  // @tag:TAG
    type, // @type:CLASS
};

struct PolicyToken {
    TokenKind kind = TokenKind::none;
    std::string_view word = {}; // the name, uuid, tag or class; a view into what was parsed

    friend bool operator==(const PolicyToken&, const PolicyToken&) = default;
};

enum class TokenPlace { source, destination, redirection };
// What a special word begins with: '@', or either.
enum class TokenSyntax { current, old };

// Nothing for a word that may not stand there.
[[nodiscard]] std::optional<PolicyToken> parse_token(std::string_view untrusted, TokenPlace place,
                                                     TokenSyntax syntax) noexcept;

// Whether it means this party. A tag or a class is that of an existing qube, never of dom0. No
// caller is a disposable that is yet to be made, so in the source those words mean nobody.
[[nodiscard]] bool matches(const PolicyToken& token, const PolicyParty& party) noexcept;

} // namespace qmgmt
