// SPDX-License-Identifier: GPL-2.0-or-later
//
// What qrexec's policy asks of all qubes (protocol.md 1.10):
//   {"domains": {NAME: {"tags": [...], "type": CLASS, ...}}}, dom0 first, then by name
#pragma once

#include "call/call.hpp"

namespace qmgmt {

// In power states as lists have them. Throws what the store does.
[[nodiscard]] Reply system_info(Call& call);

} // namespace qmgmt
