// SPDX-License-Identifier: GPL-2.0-or-later
//
// Runs a call under ptrace and sees each of its steps: the system calls that change something below
// the scratch root, or lock it. It can be ended at any of them, as a power cut of the process.
#pragma once

#include "support/run_call.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace qmgmt::test {

class ScratchRoot;

enum class When { before, after };

struct Trace {
    std::vector<std::string> steps; // "rename /var/lib/qubes/qubes.xml~", in order
    bool killed = false;            // at the last of `steps`
    int status = 0;                 // of a call that ran to its end, as Outcome::status
};

// To its end.
[[nodiscard]] Trace trace(const ScratchRoot& root, const Command& command);
// Sends SIGKILL before or after the step of number `at`, counted from 0. Before: the step is not
// done. Not killed: the call had fewer steps.
[[nodiscard]] Trace kill_at(const ScratchRoot& root, const Command& command, std::size_t at,
                            When when);

} // namespace qmgmt::test
