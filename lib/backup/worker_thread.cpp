// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/worker_thread.hpp"

#include "backup/fault.hpp"

#include <system_error>
#include <utility>

namespace qmgmt {

SignalsBlocked::SignalsBlocked() noexcept
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
}

SignalsBlocked::~SignalsBlocked()
{
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::jthread start_worker(std::function<void()> body)
{
    const SignalsBlocked blocked; // a new thread has the mask of who starts it
    try {
        return std::jthread{std::move(body)};
    } catch (const std::system_error& error) {
        throw BackupError{BackupFault::no_memory, "no further thread can be started", error.what()};
    }
}

} // namespace qmgmt
