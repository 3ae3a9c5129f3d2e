// SPDX-License-Identifier: GPL-2.0-or-later
//
// Programs started on behalf of a call that may start none itself. Limits, Landlock and the filter
// of system calls are inherited, so nothing that is to outlive a call, and no hook, may be started
// after the call has given up its rights. A helper, forked before, does it: on request, a fixed set
// of programs, as base/child runs them. The helper, and a program it is waiting for, end with the
// call; what was started detached, or has made a session of its own as daemons do, goes on. It also
// finds out who holds a lock, because Landlock hides what other processes have open, opens devices
// that did not exist when Landlock was told what may be opened, and runs one errand of our own
// code.
#pragma once

#include "base/child.hpp"
#include "base/deadline.hpp"
#include "base/device.hpp"
#include "base/fd.hpp"
#include "base/watchdog.hpp"

#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace qmgmt {

namespace spawner {

// What the helper may be asked for.
struct Allowed {
    std::vector<std::string> programs;  // absolute paths; one that ends in '/' is a directory whose
                                        // programs, at any depth, may be run
    std::vector<std::string> variables; // names of variables that a request may set
    std::function<void()> errand;       // what `run_errand` does, in a child of the helper
    // Block devices that may be opened. An entry that ends in '-' begins the names of several, one
    // that ends in '/' is a directory: "/dev/mapper/GROUP-", "/dev/zvol/DATASET/".
    std::vector<std::string> devices = {};
};

// Forks the helper. Once a process, while it has all its rights; the frame of a call does it for
// calls that change something (rpc/rights).
void prepare(const Allowed& allowed);

// Whether there is a helper.
[[nodiscard]] bool is_there();

// Runs `words[0]`, as base/child does, which is what to ask; `variables` are "NAME=value". Throws
// Error{denied} for what is not allowed, Error{failed} for a program that cannot be started,
// Error{internal} when there is no helper.
[[nodiscard]] ChildResult run(const std::vector<std::string>& words, Deadline deadline,
                              const std::vector<std::string>& variables = {},
                              const RunOptions& options = {});

// Opens a block device: base/device, which is what to ask. Throws Error{denied} for what is not
// allowed.
[[nodiscard]] Fd open_device(const std::string& path, DeviceAccess access);

// Started with pipes of the call as its ends (base/piped_program, which is what to ask).
struct PipedStart {
    int number = -1; // for `end_piped`
    Fd ending;       // readable when it has ended
};
[[nodiscard]] PipedStart start_piped(const std::vector<std::string>& words, StandardEnds ends,
                                     bool as_user_of_qubes);
// Waits for its end, killing it with its process group before if `kill`. Its exit code, as
// base/child has it.
int end_piped(int number, bool kill);

// The same without waiting for its end, in a session of its own, its output thrown away.
void start_detached(const std::vector<std::string>& words,
                    const std::vector<std::string>& variables = {});

// The same, done only when a watchdog ends this process while the result exists; null when there is
// no helper.
[[nodiscard]] std::unique_ptr<watchdog::LastPacket>
start_when_hung(const std::vector<std::string>& words);

// Has the errand run, and waits for its end. What goes wrong with it is left for whoever needs its
// result to find; without an errand nothing happens.
void run_errand(Deadline deadline);

// Who holds a lock on the file of that number: base/lock_holder, which is what to ask.
[[nodiscard]] std::string lock_holder(ino_t file);

} // namespace spawner
} // namespace qmgmt
