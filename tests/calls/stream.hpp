// SPDX-License-Identifier: GPL-2.0-or-later
//
// A built call whose standard input is a pipe that the test writes to, piece by piece.
#pragma once

#include "support/run_call.hpp"

#include <memory>
#include <string_view>

namespace qmgmt::test {

class Streaming {
public:
    explicit Streaming(Command command);

    // False when nobody reads any more. Waits while the call is not ready for more.
    [[nodiscard]] bool send(std::string_view bytes) const;
    [[nodiscard]] bool send_zeros(std::size_t length) const;
    void end() { pipe_.reset(); }
    [[nodiscard]] Process& process() { return *process_; }
    // Ends the stream and waits for the answer.
    Outcome finish();

private:
    Fd pipe_;
    std::unique_ptr<Process> process_;
};

// Sends `data` to a call as qrexec starts it.
[[nodiscard]] Outcome stream_to(const ScratchRoot& root, const Ask& ask, std::string_view data);
// A file as its standard input.
[[nodiscard]] Outcome file_to(const ScratchRoot& root, const Ask& ask, const std::string& path);

} // namespace qmgmt::test
