// SPDX-License-Identifier: GPL-2.0-or-later
//
// Writes the outer tar of an archive: plain members, one after the other (backup.md 1.1).
#pragma once

#include "backup/archive/byte_stream.hpp"

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

namespace qmgmt {

class OuterWriter {
public:
    // `sink` outlives this. All members are of `time`.
    OuterWriter(ByteSink& sink, std::time_t time) : sink_{sink}, time_{time} {}

    void member(const std::string& name, std::string_view content);
    // The end of the archive.
    void finish();

    [[nodiscard]] std::uint64_t members() const noexcept { return members_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    void write(std::string_view bytes);

    ByteSink& sink_;
    std::time_t time_;
    std::uint64_t members_ = 0;
    std::uint64_t bytes_ = 0;
};

} // namespace qmgmt
