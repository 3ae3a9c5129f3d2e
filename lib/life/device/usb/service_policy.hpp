// SPDX-License-Identifier: GPL-2.0-or-later
//
// The policy of one service as a file of its own, as older hosts have it. Other programs change
// such files, too: whoever does locks it, and puts a new one in its place.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace qmgmt {

using PolicyLines = std::vector<std::string>;

// The lines of the file, none when there is no such file, become what `change` makes of them. No
// line: no file. Throws Error{busy} for one that stays locked, Error{failed}.
void change_policy_file(const std::string& path,
                        const std::function<PolicyLines(const PolicyLines&)>& change);

} // namespace qmgmt
