// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where a stream of events leaves the process: never waits for who reads it, keeps what he has not
// taken yet, up to a limit, and notices that he has gone.
#pragma once

#include <cstddef>
#include <deque>
#include <string>

namespace qmgmt {

class Outlet {
public:
    static constexpr std::size_t most_bytes = std::size_t{1} << 20;
    static constexpr std::size_t most_events = 4096;

    // `fd` stays open as long, and stays blocking for whoever else has it.
    explicit Outlet(int fd);

    [[nodiscard]] int fd() const noexcept { return fd_; }
    // What poll(2) is to wait for; that the reader has gone is told in any case.
    [[nodiscard]] short wanted() const noexcept;

    // False when it does not fit any more.
    [[nodiscard]] bool put(std::string event);
    // Hands on what the reader takes now. False when he has gone.
    [[nodiscard]] bool flush();
    [[nodiscard]] bool empty() const noexcept { return queue_.empty(); }

private:
    int fd_;
    bool socket_;
    std::deque<std::string> queue_;
    std::size_t written_ = 0; // of the first
    std::size_t bytes_ = 0;   // of all that are kept
};

} // namespace qmgmt
