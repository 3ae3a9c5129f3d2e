// SPDX-License-Identifier: GPL-2.0-or-later
//
// How an application of another qube is started from here, through its service qubes.StartApp: the
// qube that starts it says which one, never with which arguments.
#pragma once

#include "names/names.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

enum class Launcher {
    qube,     // qrexec-client-vm, in a qube of Qubes OS 4
    old_qube, // the same of Qubes OS 3.2, which takes short names of services alone
    dom0,     // qvm-run, which starts the qube where it has to
};

// What this machine has: dom0 is where qrexec-client is, a qube of 3.2 where qrexec-client-vm is in
// the directory of those days alone. A qube of today where nothing of Qubes OS is installed.
[[nodiscard]] Launcher launcher_of_this_machine();

// Whether the application's id fits into a name of a service, and into that of a file.
[[nodiscard]] bool can_start(Launcher launcher, std::string_view id);

[[nodiscard]] std::vector<std::string> start_command(Launcher launcher, const QubeName& qube,
                                                     std::string_view id);

} // namespace qmgmt
