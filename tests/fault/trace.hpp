// SPDX-License-Identifier: GPL-2.0-or-later
//
// Runs a call under ptrace and sees each of its steps: the system calls that change something below
// the scratch root, or lock it. At any of them it can be ended, as a power cut of the process, or
// the kernel can say no, as a full or broken disk does.
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
    bool hit = false;               // the step that was asked for has come
    int error = 0;                  // what that step was told
    int status = 0;                 // as Outcome::status
    std::string said;               // on standard output and standard error
};

// The simulated hypervisor's own (support/fake_hypervisor), which is no part of a call; and of
// those the one that makes its answer true.
[[nodiscard]] inline bool is_hypervisors(const std::string& step)
{
    return step.find("/xdg/libvirt/fake-libvirt") != std::string::npos;
}
[[nodiscard]] inline bool makes_it_true(const std::string& step)
{
    return is_hypervisors(step) && step.starts_with("rename ");
}

// To its end.
[[nodiscard]] Trace trace(const ScratchRoot& root, const Command& command);
// Sends SIGKILL before or after the step of number `at`, counted from 0. Before: the step is not
// done. Not hit: the call had fewer steps.
[[nodiscard]] Trace kill_at(const ScratchRoot& root, const Command& command, std::size_t at,
                            When when);

// The step of number `at` is not done: the call is told so, and goes on. What grows finds the disk
// full (ENOSPC), all else an error of the device (EIO).
[[nodiscard]] Trace fail_at(const ScratchRoot& root, const Command& command, std::size_t at);

} // namespace qmgmt::test
