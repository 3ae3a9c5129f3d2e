// SPDX-License-Identifier: GPL-2.0-or-later
//
// Raw data as a peer sends it: through a pipe, a socket or a file, as slowly as it likes.
#pragma once

#include "base/deadline.hpp"
#include "base/fd.hpp"
#include "base/stop_signals.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace qmgmt {

class StreamInput {
public:
    explicit StreamInput(Fd fd, std::optional<Deadline> deadline = std::nullopt);

    // From now on `signals`, which must outlive this, interrupt every wait.
    void heed(const StopSignals& signals) noexcept { signals_ = &signals; }

    // The next line without its newline. Nothing when the stream ends before there is one, or it
    // is longer than `limit` bytes with its newline. What came with it is read next.
    [[nodiscard]] std::optional<std::string> line(std::size_t limit);
    // Fills `into`; fewer than `room` bytes only at the end of the stream. Throws Error{cancelled}
    // after a signal, Error{timeout} at the deadline, Error{failed} when the data cannot be read.
    [[nodiscard]] std::size_t read(char* into, std::size_t room);
    // The peer hears at once that nobody wants the rest.
    void close() noexcept { fd_.reset(); }

private:
    [[nodiscard]] std::size_t read_some(char* into, std::size_t room);

    Fd fd_;
    const StopSignals* signals_ = nullptr;
    std::optional<Deadline> deadline_;
    std::string surplus_;
};

} // namespace qmgmt
