// SPDX-License-Identifier: GPL-2.0-or-later
//
// The other side of the spawner: the helper at work.
#pragma once

#include "base/fd.hpp"
#include "base/spawner.hpp"

namespace qmgmt::spawner {

// Answers the questions of the call at the other end of `connection` until that is closed, then
// ends the process.
[[noreturn]] void serve(Fd connection, const Allowed& allowed, pid_t call) noexcept;

} // namespace qmgmt::spawner
