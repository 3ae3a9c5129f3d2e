// SPDX-License-Identifier: GPL-2.0-or-later
//
// What `lvs` tells of the logical volumes of a group, as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::lvm {

struct LogicalVolume {
    std::string name;
    std::string pool;   // of a thin volume
    std::string origin; // what a thin volume was made from, as that is called now; empty once it is
                        // gone
    std::string attributes; // "Vwi-aotz--"; at least the first five are there
    std::uint64_t size = 0; // all sizes in bytes
    std::uint64_t extent_size = 0;
    std::uint64_t metadata_size = 0; // of a thin pool
    std::uint64_t chunk_size = 0;    // of a thin pool
    // In hundredths of a percent; nothing while it is inactive.
    std::optional<std::uint64_t> data_used;
    std::optional<std::uint64_t> metadata_used;

    [[nodiscard]] bool is_thin_pool() const { return attributes[0] == 't'; }
    [[nodiscard]] bool is_thin_volume() const { return attributes[0] == 'V'; }
    [[nodiscard]] bool is_writable() const { return attributes[1] == 'w'; }
    [[nodiscard]] bool is_active() const { return attributes[4] == 'a'; }
    // Of a thin pool: new chunks are zeroed before they are used.
    [[nodiscard]] bool zeroes() const { return attributes.size() > 7 && attributes[7] == 'z'; }
};

// `size` times the hundredths of a percent, without overflow.
[[nodiscard]] std::uint64_t share(std::uint64_t size, std::uint64_t hundredths);

// The words of `lvm` that make the report on a group, or on one volume of it.
[[nodiscard]] std::vector<std::string> report_command(const std::string& what);

// Nothing when the text is no such report.
[[nodiscard]] std::optional<std::vector<LogicalVolume>> parse_report(std::string_view json);

} // namespace qmgmt::lvm
