// SPDX-License-Identifier: GPL-2.0-or-later
//
// The bodies of the policy calls (protocol.md 4.8), for the policy itself and for the files that it
// includes. Each holds the directory against other writers while it works. They change no store:
// the permission step is their door.
#pragma once

#include "call/call.hpp"
#include "policy/admin/file_name.hpp"

namespace qmgmt {

// Names, a line each.
[[nodiscard]] Reply list_policy_files(const Call& call, PolicyPlace place);
// The token of the content, a line, then the content. Throws Error{not_found}.
[[nodiscard]] Reply get_policy_file(const Call& call, PolicyPlace place);
// The payload has the token in its first line, then the content. With the content that is there
// already nothing is written.
[[nodiscard]] Reply replace_policy_file(Call& call, PolicyPlace place);
// The payload is the token.
[[nodiscard]] Reply remove_policy_file(Call& call, PolicyPlace place);
// Which files have rules for the service that the argument names.
[[nodiscard]] Reply get_files_for_service(Call& call);

// The needs of a call that changes the policy on this machine: root where the directory is root's.
[[nodiscard]] unsigned needs_to_change_policy(const Request& request);

// The longest token, its end of line and the longest content.
inline constexpr std::size_t policy_payload_limit = 72 + 262144;

} // namespace qmgmt
