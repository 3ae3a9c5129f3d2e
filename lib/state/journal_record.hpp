// SPDX-License-Identifier: GPL-2.0-or-later
//
// One record of the event journal as bytes (protocol.md 3.4), and where its segments are:
//
//   record = SEQ(16 hex) ' ' TIME_US(16 hex) ' ' LEN(8 hex) ' ' CRC32(8 hex) '\n' body '\n'
//   body   = SUBJECT 00 EVENT 00 (KEY 00 VALUE 00)* 00 CLASS 00 TAG,TAG 00     (LEN bytes, CRC32
//   over them)
#pragma once

#include "state/journal.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::journal_record {

inline constexpr std::size_t header_length = 16 + 1 + 16 + 1 + 8 + 1 + 8 + 1;
inline constexpr std::size_t largest = 64 << 10;

// Of this event, with the time of now.
[[nodiscard]] std::string bytes_of(std::uint64_t number, const Event& event);

struct Header {
    std::uint64_t number;
    std::size_t length; // of the body
    std::uint32_t checksum;

    // Of the whole record.
    [[nodiscard]] std::size_t size() const { return header_length + length + 1; }
};
// Nothing when `bytes` do not begin with a header.
[[nodiscard]] std::optional<Header> read_header(std::string_view bytes);
// The body of a record, `bytes` beginning with its header; nothing when it is not whole.
[[nodiscard]] std::optional<std::string_view> body_of(const Header& header, std::string_view bytes);
// Nothing when the body is none.
[[nodiscard]] std::optional<Event> read_body(std::string_view body);

// The directory of the journal, below the root in force.
[[nodiscard]] std::string directory();
// The names of the segments in it, the oldest first.
[[nodiscard]] std::vector<std::string> segments();
// The segment that begins with the record of this number, and back.
[[nodiscard]] std::string segment_from(std::uint64_t number);
[[nodiscard]] std::optional<std::uint64_t> first_of(std::string_view segment);

// The file `seq`: number of the last record, the segment's size behind it. When both fit the
// segment, nothing has to be scanned; when a writer was killed between them, they do not fit.
struct Sequence {
    std::uint64_t last = 0;
    std::uint64_t end = 0;
    std::string segment;
};
[[nodiscard]] Sequence read_sequence();
void write_sequence(const Sequence& sequence);

} // namespace qmgmt::journal_record
