// SPDX-License-Identifier: GPL-2.0-or-later
//
// Programs started on behalf of a call that may start none itself. Limits, Landlock and the filter
// of system calls are inherited, so nothing that is to outlive a call, and no hook, may be started
// after the call has given up its rights. A helper, forked before, does it: on request, a fixed set
// of programs, with a fresh environment and nothing on standard input and output. The helper, and a
// program it is waiting for, end with the call; what was started detached, or has made a session of
// its own as daemons do, goes on. It also finds out who holds a lock, because Landlock hides what
// other processes have open, and runs one errand of our own code.
#pragma once

#include "base/deadline.hpp"

#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace qmgmt {

struct ProgramEnd {
    int status = 0;         // exit code; 128 + n when signal n ended it
    bool timed_out = false; // the deadline passed; it was killed with all of its process group
    std::string errors;     // what it had written on standard error when it ended, at most 4 KiB
};

namespace spawner {

// What the helper may be asked for.
struct Allowed {
    std::vector<std::string> programs;  // absolute paths; one that ends in '/' is a directory whose
                                        // programs, at any depth, may be run
    std::vector<std::string> variables; // names of variables that a request may set
    std::function<void()> errand;       // what `run_errand` does, in a child of the helper
};

// Forks the helper. Once a process, while it has all its rights; the frame of a call does it for
// calls that change something (rpc/rights).
void prepare(const Allowed& allowed);

// Whether there is a helper.
[[nodiscard]] bool is_there();

using Words = std::vector<std::string>;

// Runs `program` with `arguments` (without its own name) and `variables` ("NAME=value") to its end.
// A program that puts itself into the background is waited for until its first process ends.
// Throws Error{denied} for what is not allowed, Error{unsupported} for a program that is not there
// or cannot be executed, Error{internal} when there is no helper.
[[nodiscard]] ProgramEnd run(const std::string& program, const Words& arguments, Deadline deadline,
                             const Words& variables = {});

// The same without waiting for its end, in a session of its own.
void start_detached(const std::string& program, const Words& arguments,
                    const Words& variables = {});

// Has the errand run, and waits for its end. What goes wrong with it is left for whoever needs its
// result to find; without an errand nothing happens.
void run_errand(Deadline deadline);

// Who holds a lock on the file of that number: base/lock_holder, which is what to ask.
[[nodiscard]] std::string lock_holder(ino_t file);

} // namespace spawner
} // namespace qmgmt
