// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who may stand at either end of a call, as a policy sees them. All views are the caller's.
#pragma once

#include <string_view>

namespace qmgmt {

// What of a qube a policy may ask for.
struct PolicyQube {
    std::string_view name;
    std::string_view klass;
    std::string_view uuid;          // lower case, with dashes; empty: none
    std::string_view tags;          // each between two blanks: " created-by-mgmt work "
    bool makes_disposables = false; // template_for_dispvms
};

[[nodiscard]] inline bool has_tag(const PolicyQube& qube, std::string_view tag) noexcept
{
    for (std::size_t at = qube.tags.find(tag); at != std::string_view::npos && !tag.empty();
         at = qube.tags.find(tag, at + 1)) {
        const std::size_t end = at + tag.size();
        if (at > 0 && qube.tags[at - 1] == ' ' && end < qube.tags.size() && qube.tags[end] == ' ')
            return true;
    }
    return false;
}

enum class PartyKind {
    admin,          // dom0
    qube,           // one that exists
    none,           // the caller named nobody, or nobody who exists: @default
    new_disposable, // @dispvm: of the caller's default_dispvm
    disposable_of,  // @dispvm:NAME: of that qube
};

struct PolicyParty {
    PartyKind kind = PartyKind::none;
    PolicyQube qube = {}; // of `qube` and `disposable_of`
};

} // namespace qmgmt
