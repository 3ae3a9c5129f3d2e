// SPDX-License-Identifier: GPL-2.0-or-later
//
// A call that has work for root is run again as root before it does anything: `sudo -n
// qubes-mgmt-root QREXEC_...=... CALL WORD...` (rpc/root_program). Its payload has been read
// already, and is handed on.
#pragma once

#include "rpc/request.hpp"
#include "rpc/spec.hpp"

namespace qmgmt::rpc {

[[nodiscard]] bool is_root();

// Does not return. To be called before rights are given up: no-new-privileges forbids sudo. Throws
// Error{unsupported} when there is no sudo.
[[noreturn]] void run_as_root(const CallSpec& spec, const Request& request, int argc, char** argv);

} // namespace qmgmt::rpc
