// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reads a file back while it grows, on a thread of its own some way behind who writes: from the
// disk, for what memory holds of it is written out and dropped first. Is it what was written?
#pragma once

#include "backup/archive/digest.hpp"
#include "backup/destination/fingerprint.hpp"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace qmgmt {

class ReadBack {
public:
    // `fd` can be read and outlives this. Throws BackupError{no_memory}.
    explicit ReadBack(int fd);
    ReadBack(const ReadBack&) = delete;
    ReadBack& operator=(const ReadBack&) = delete;
    // What is under way is broken off.
    ~ReadBack();

    // What has been written next, from the beginning of the file. Throws what `finish` would.
    void wrote(std::string_view bytes);
    // The SHA-256 of the file, in hex digits, when the last of it has been read back. `look` is
    // called now and then while it waits, and may throw. Once, after all has been flushed. Throws
    // BackupError{destination_failed, no_space}: the disk failed, or gives back something else.
    [[nodiscard]] std::string finish(const std::function<void()>& look);

private:
    enum class State { writing, complete, dropped };

    void run();
    [[nodiscard]] std::uint64_t next_end(std::uint64_t from);
    void read(std::uint64_t from, std::uint64_t end);
    [[nodiscard]] bool is_dropped();
    void rethrow();

    const int fd_;
    const Fingerprint::Key key_;
    Fingerprint meant_; // what was written, for the writing thread
    Fingerprint found_; // what was read, for the reading one
    Digest digest_;     // of the same
    std::mutex mutex_;  // of what follows, but for the thread
    std::condition_variable changed_;
    State state_ = State::writing;
    std::uint64_t written_ = 0;
    bool ended_ = false;
    std::exception_ptr error_;
    std::jthread thread_;
};

} // namespace qmgmt
