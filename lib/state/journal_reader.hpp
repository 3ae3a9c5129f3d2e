// SPDX-License-Identifier: GPL-2.0-or-later
//
// The event journal's reading side (protocol.md 3.4): every event that is written after the reader
// was made, once each and in order, or the news that some are lost. Takes no lock: no reader holds
// up a writer.
#pragma once

#include "base/fd.hpp"
#include "state/journal.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace qmgmt {

class JournalReader {
public:
    // At the end of the journal as it is now. Throws Error{failed}.
    JournalReader();

    // Readable when there may be something new.
    [[nodiscard]] int fd() const noexcept { return watch_.get(); }

    // What was written since, in order; at most about `most` events, then `more` is true and there
    // is no need to wait for the descriptor. Throws Error{busy} when events are lost: a writer said
    // so, or the segment is gone. What came before them has been returned by then.
    [[nodiscard]] std::vector<Event> read(std::size_t most = 512);
    [[nodiscard]] bool more() const noexcept { return more_; }

private:
    enum class Look { found, nothing, lost };

    void forget_notices();
    bool open_segment(std::uint64_t first);
    [[nodiscard]] Look next(Event* into);
    [[nodiscard]] bool fill(std::size_t wanted);
    [[nodiscard]] bool is_behind() const;

    Fd watch_;
    Fd segment_;               // none yet: the journal was empty
    std::uint64_t offset_ = 0; // of the next record in it
    std::uint64_t last_ = 0;   // the number of the one before
    std::string buffer_;       // of the segment; from `used_` on it is what is at `offset_`
    std::size_t used_ = 0;
    bool more_ = false;
    bool lost_ = false;
};

} // namespace qmgmt
