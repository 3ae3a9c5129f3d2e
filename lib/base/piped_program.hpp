// SPDX-License-Identifier: GPL-2.0-or-later
//
// A program under way whose standard input, output and error are pipes of this process: for bulk
// data, and for answers that nobody else may hold. In a confined call its helper starts it
// (base/spawner), if that may run the program, and the data does not pass through it.
#pragma once

#include "base/fd.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace qmgmt {

class PipedProgram {
public:
    // As base/child: `words[0]` is an absolute path, its environment is fresh. Throws
    // Error{failed} when it cannot be started, Error{denied} when this call may not run it.
    explicit PipedProgram(const std::vector<std::string>& words, bool as_user_of_qubes = false);
    PipedProgram(const PipedProgram&) = delete;
    PipedProgram& operator=(const PipedProgram&) = delete;
    // One that has not ended is killed, with its process group; so is one whose call has gone.
    ~PipedProgram();

    // Our ends; they never wait.
    [[nodiscard]] int input() const noexcept { return input_.get(); }
    [[nodiscard]] int output() const noexcept { return output_.get(); }
    [[nodiscard]] int errors() const noexcept { return errors_.get(); }
    // It reads the end of its input.
    void close_input() noexcept { input_.reset(); }
    void close_output() noexcept { output_.reset(); }
    void close_errors() noexcept { errors_.reset(); }

    // Readable when it has ended.
    [[nodiscard]] int ending() const noexcept { return ending_.get(); }
    // Waits for its end: its exit code; 128 + n when signal n ended it. Once.
    [[nodiscard]] int status();

private:
    int reap(bool kill);

    Fd input_;
    Fd output_;
    Fd errors_;
    Fd ending_;       // invalid: waited for
    pid_t pid_ = -1;  // where it is our child
    int number_ = -1; // where it is the helper's
};

} // namespace qmgmt
