// SPDX-License-Identifier: GPL-2.0-or-later
//
// The administrator's programs at the turning points of a qube's life:
// /etc/qubes/mgmt-hooks/<event>.d/*, in the order of their names, each with the words
//   EVENT QUBE UUID [KEY=VALUE ...]
// and ten seconds. Only regular files that may be executed and that nobody but root, or the user
// the calls run as, can change.
#pragma once

#include "store/qube.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qmgmt {

using HookKeys = std::vector<std::pair<std::string_view, std::string>>;

// A program that fails, or takes too long, refuses a `domain-pre-` event: Error{failed}. With the
// other events it is logged.
void run_hooks(std::string_view event, const Qube& qube, const HookKeys& keys = {});

} // namespace qmgmt
