// SPDX-License-Identifier: GPL-2.0-or-later
//
// Derives keys beside the thread that uses them, one at a time: the memory of one derivation is all
// that is ever taken.
#pragma once

#include "backup/container/container_key.hpp"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <string>
#include <thread>

namespace qmgmt {

class KeyThread {
public:
    using Task = std::packaged_task<ContainerKey()>;
    enum class Turn { last, next };

    // Throws BackupError{no_memory}.
    KeyThread();
    KeyThread(const KeyThread&) = delete;
    KeyThread& operator=(const KeyThread&) = delete;
    // What waits for its turn is forgotten, and its future says broken_promise; a derivation that
    // is under way is waited for: libcrypto does not break off.
    ~KeyThread();

    // What the task throws comes out of the future.
    [[nodiscard]] std::future<ContainerKey> run(Task task, Turn turn = Turn::last);
    // ContainerKey::open on this thread: for who has read a head and goes on reading.
    [[nodiscard]] std::future<ContainerKey> open(std::string untrusted_head, Secret passphrase,
                                                 const KdfLimits& limits, ContainerSubject subject);

private:
    void work();

    std::mutex mutex_; // of the two below
    std::deque<Task> waiting_;
    bool ends_ = false;
    std::condition_variable changed_;
    std::jthread thread_;
};

} // namespace qmgmt
