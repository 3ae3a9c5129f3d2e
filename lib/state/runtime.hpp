// SPDX-License-Identifier: GPL-2.0-or-later
//
// Our directories: /run/qubes-mgmt, emptied by each boot, and /var/lib/qubes-mgmt, which is not.
// Both belong to root:qubes with 2770, files in them have 0660, because calls run as the ordinary
// dom0 user of that group.
#pragma once

#include "base/fd.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

// The path of `name` ("qube/work") below the runtime directory, its directory made if it is not
// there.
[[nodiscard]] std::string runtime_file(std::string_view name);
// The same below the lasting directory.
[[nodiscard]] std::string lasting_file(std::string_view name);

// Opens a file that all callers share, made with 0660 if `flags` say so: the umask of a call would
// give it to its maker alone. Close-on-exec, no links followed. Throws Error{failed}.
[[nodiscard]] Fd open_shared_file(const std::string& path, int flags);

} // namespace qmgmt
