// SPDX-License-Identifier: GPL-2.0-or-later
//
// The tar around one file of an archive, before it is compressed (backup.md 1.7): what stands
// before its content and what behind it.
#pragma once

#include "backup/archive/inner/data_map.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace qmgmt {

// Before a small file.
[[nodiscard]] std::string inner_head(std::string_view name, std::uint64_t size);

// Before the data of an image: GNU's sparse format 1.0. The regions of `map` follow, one after the
// other with nothing between them.
struct SparseHead {
    std::string bytes;
    std::uint64_t stored = 0; // the list of regions and the regions themselves
};
[[nodiscard]] SparseHead sparse_head(std::string_view name, std::uint64_t size, const DataMap& map);

// Behind what was stored: up to a whole block, and the end.
[[nodiscard]] std::string inner_tail(std::uint64_t stored);

using TarOutput = std::function<void(std::string_view)>;

// A whole tar of a small file.
void pack_text(std::string_view name, std::string_view content, const TarOutput& out);
// A whole tar of an image: `size` bytes of `fd`, which is read twice. `done` says how far that is,
// in bytes of `size`. Throws BackupError{read_error}.
void pack_image(const std::string& name, int fd, std::uint64_t size, const TarOutput& out,
                std::atomic<std::uint64_t>& done);

} // namespace qmgmt
