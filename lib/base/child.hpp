// SPDX-License-Identifier: GPL-2.0-or-later
//
// Other programs of the host: an argument vector, no shell, an environment of their own (PATH,
// LC_ALL and the scratch root in force), signals as a fresh process has them, standard input empty.
#pragma once

#include "base/deadline.hpp"

#include <string>
#include <vector>

namespace qmgmt {

struct ChildResult {
    int status = 0;         // exit code; 128 + n when signal n ended it
    bool timed_out = false; // it was killed, with its process group, at the deadline
    std::string output;     // standard output and error together, the first 64 KiB of it
};

// Runs `words[0]`, an absolute path, to its end. What it leaves behind in the background is not
// waited for. Throws Error{failed} when it cannot be started.
[[nodiscard]] ChildResult run_program(const std::vector<std::string>& words, Deadline deadline);

} // namespace qmgmt
