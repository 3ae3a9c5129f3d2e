// SPDX-License-Identifier: GPL-2.0-or-later
//
// Volumes as the storage drivers see them: plain data, no store, no locks. The model is
// storage.md 1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace qmgmt {

// How a volume lives from start to stop (storage.md 1.3).
enum class VolumeKind {
    origin,   // save_on_stop: its own data, committed at stop
    snapshot, // snap_on_start: a fresh copy of its source at each start
    scratch,  // neither: empty at each start
    fixed,    // read-only and never touched: kernels
};

struct Volume {
    std::string role; // root, private, volatile, kernel, ...
    std::string pool;
    std::string vid;
    std::optional<std::string> source; // vid in the same pool; present exactly with snap_on_start
    std::uint64_t size = 0;            // bytes
    int revisions_to_keep = 0;         // -1: snapshots disabled
    bool rw = false;
    bool save_on_stop = false;
    bool snap_on_start = false;
    std::optional<bool> ephemeral; // nothing: as the pool has it

    [[nodiscard]] VolumeKind kind() const
    {
        if (snap_on_start)
            return VolumeKind::snapshot;
        if (save_on_stop)
            return VolumeKind::origin;
        return rw ? VolumeKind::scratch : VolumeKind::fixed;
    }
};

// Where a domain finds a volume.
struct BlockPath {
    std::string path;
    bool block_device = false;
};

} // namespace qmgmt
