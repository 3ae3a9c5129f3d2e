// SPDX-License-Identifier: GPL-2.0-or-later
//
// Threads that work beside the one that answers: signals are for that one alone.
#pragma once

#include <functional>
#include <signal.h>
#include <thread>

namespace qmgmt {

// While it exists no signal is delivered to this thread, nor to any that it starts.
class SignalsBlocked {
public:
    SignalsBlocked() noexcept;
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;
    ~SignalsBlocked();

private:
    sigset_t before_{};
};

// A thread that takes no signals. `body` throws nothing. Throws BackupError{no_memory} when there
// can be none.
[[nodiscard]] std::jthread start_worker(std::function<void()> body);

} // namespace qmgmt
