// SPDX-License-Identifier: GPL-2.0-or-later
//
// What `qubes-mgmt-root` does, which sudoers let the ordinary dom0 user run as root: execute one of
// the installed calls that declare root, and nothing else. It asks no program what that declares:
// the names are built in.
//
//   qubes-mgmt-root [QREXEC_NAME=VALUE]... CALL [WORD]...
#pragma once

#include <span>
#include <string_view>

namespace qmgmt::rpc {

// The main of that program. `calls` are names as in specs; their classes, admin.* and policy.*
// names count as well. The call gets the variables given in front, a fixed PATH, and nothing of
// this process's environment. Returns an exit code when there is nothing to execute.
int run_root_program(std::span<const std::string_view> calls, int argc, char** argv);

} // namespace qmgmt::rpc
