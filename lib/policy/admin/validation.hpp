// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a change would make of the policy: one that qrexec cannot understand denies everything, this
// call too, so it is refused before it is written (protocol.md 4.8).
#pragma once

#include "policy/admin/file_name.hpp"
#include "policy/files.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

inline constexpr std::size_t most_of_new_content = 262144;

// Throws Error{too_large}, Error{protocol} for what is not UTF-8, Error{bad_value} for characters
// that no policy needs and not everybody takes for the same.
void check_policy_text(std::string_view untrusted);

// The policy as it would be with this content, or without the file: now, and after the next boot,
// which takes the files away that hide others. Throws Error{bad_value}.
void check_policy_with(const PolicyFiles& present, const PolicyFileName& name,
                       std::optional<std::string> content);

// Which files have rules for the service, in their order: of those below the policy's directory
// names without what stands behind the last dot, of others the path. Throws Error{bad_value} for a
// policy that nobody understands.
[[nodiscard]] std::vector<std::string> files_for_service(const PolicyFiles& files,
                                                         std::string_view service);

} // namespace qmgmt
