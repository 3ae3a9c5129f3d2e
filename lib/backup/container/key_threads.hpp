// SPDX-License-Identifier: GPL-2.0-or-later
//
// Derives keys beside the thread that uses them. Each of its threads takes the memory of one
// derivation, so there are few.
#pragma once

#include "backup/container/container_key.hpp"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

namespace qmgmt {

class KeyThreads {
public:
    using Task = std::packaged_task<ContainerKey()>;
    enum class Turn { last, next };

    // Throws BackupError{no_memory}.
    explicit KeyThreads(unsigned count);
    KeyThreads(const KeyThreads&) = delete;
    KeyThreads& operator=(const KeyThreads&) = delete;
    // What waits for its turn is forgotten, and its future says broken_promise; derivations that
    // are under way are waited for: libcrypto does not break off.
    ~KeyThreads();

    // What the task throws comes out of the future.
    [[nodiscard]] std::future<ContainerKey> run(Task task, Turn turn = Turn::last);

private:
    void end();
    void work();

    std::mutex mutex_; // of the two below
    std::deque<Task> waiting_;
    bool ends_ = false;
    std::condition_variable changed_;
    std::vector<std::jthread> threads_;
};

} // namespace qmgmt
