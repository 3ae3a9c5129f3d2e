// SPDX-License-Identifier: GPL-2.0-or-later
//
// Other programs of the host: an argument vector, no shell, an environment of their own (PATH,
// LC_ALL and the scratch root in force), signals as a fresh process has them, standard input empty
// unless it is given one.
#pragma once

#include "base/deadline.hpp"
#include "base/fd.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace qmgmt {

struct ChildResult {
    int status = 0;          // exit code; 128 + n when signal n ended it
    bool timed_out = false;  // it was killed, with its process group, at the deadline
    std::string output;      // standard output and error together, the first 64 KiB of it
    std::string errors = {}; // standard error, where it was asked for apart, the first 16 KiB
};

// What is not as with every program.
struct RunOptions {
    std::size_t most_output = 65'536; // bytes that are kept
    bool errors_apart = false;
    bool completes = false; // half of its work would be worse than waiting: only the deadline kills
    // Where this process is root: as the first user of group qubes, with that user's groups, home
    // and name. As this process where the machine has no such user.
    bool as_user_of_qubes = false;
    std::string input = {}; // what it reads, at most `most_input` bytes, none of them NUL
};

inline constexpr std::size_t most_input = 4096;

// A program under way, for who waits for several.
class RunningProgram {
public:
    // `words[0]` is an absolute path; `variables` ("NAME=value") are added to the environment.
    // Throws Error{failed} when it cannot be started.
    explicit RunningProgram(const std::vector<std::string>& words,
                            const std::vector<std::string>& variables = {},
                            RunOptions options = {});
    RunningProgram(RunningProgram&&) noexcept = default;
    RunningProgram& operator=(RunningProgram&&) = delete;
    // One that was not waited for is killed, with its process group.
    ~RunningProgram();

    // Readable when it has ended.
    [[nodiscard]] int ending() const { return ending_.get(); }

    // Collects its output until its end, or kills it at the deadline, or, unless it completes, when
    // the other end of `connection` is closed. Once.
    [[nodiscard]] ChildResult finish(Deadline deadline, int connection = -1);

private:
    RunOptions options_;
    pid_t pid_ = -1;
    Fd output_;
    Fd errors_; // invalid: together with the output
    Fd ending_; // invalid: waited for, or moved away
};

// Runs `words[0]`, an absolute path, to its end. What it leaves behind in the background is not
// waited for. In a confined call its helper does it (base/spawner), if that may run the program and
// set the variables. Throws
// Error{failed} when it cannot be started.
[[nodiscard]] ChildResult run_program(const std::vector<std::string>& words, Deadline deadline,
                                      RunOptions options = {},
                                      const std::vector<std::string>& variables = {});

// What a program has as standard input, output and error.
struct StandardEnds {
    int input = -1; // -1: nothing to read
    int output = -1;
    int errors = -1;
};

// Starts `words[0]` in a process group of its own, and leaves the rest to the caller. Throws
// Error{failed}.
[[nodiscard]] pid_t start_program(const std::vector<std::string>& words,
                                  const std::vector<std::string>& variables, StandardEnds ends,
                                  bool as_user_of_qubes);
// Waits for the end of a child: its exit code, or 128 + n when signal n ended it.
int await_program(pid_t pid);

// In place of this process, with the same environment; returns when that cannot be.
void execute(const std::vector<std::string>& words, const std::vector<std::string>& variables);

} // namespace qmgmt
