// SPDX-License-Identifier: GPL-2.0-or-later
//
// What comes in on the stream of a restore: maybe a preamble, then the archive (backup.md 4.3.1).
#pragma once

#include "backup/archive/byte_stream.hpp"
#include "storage/stream/input.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace qmgmt {

class RestoreInput : public ByteSource {
public:
    // `most_bytes`: how long the archive may be. `input` outlives this.
    explicit RestoreInput(StreamInput& input, std::optional<std::uint64_t> most_bytes = {})
        : input_{input}, most_bytes_{most_bytes}
    {
    }

    // First, once: the lines for RestoreRequest::parse, none where the archive begins at once.
    // Throws BackupError{bad_request} for a preamble without an end.
    [[nodiscard]] std::string untrusted_preamble();

    // The archive. Throws BackupError{size_limit, cancelled} besides.
    [[nodiscard]] std::size_t read(char* into, std::size_t room) override;

private:
    StreamInput& input_;
    std::optional<std::uint64_t> most_bytes_;
    std::string surplus_; // of the archive, read while a preamble was looked for
    std::uint64_t read_ = 0;
};

} // namespace qmgmt
