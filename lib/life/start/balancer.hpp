// SPDX-License-Identifier: GPL-2.0-or-later
//
// The daemon that shares out the memory of a host with Xen, qmemman: it is asked for what a qube
// will take, and makes room by having others give some back. Key `qmemman` of mgmt.conf:
//   auto       asked on Xen, where it is there
//   required   always asked
//   off        never
#pragma once

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace qmgmt {

// What decides how much a domain takes; amounts in MiB.
struct MemoryNeed {
    std::uint64_t memory = 0;
    std::uint64_t maxmem = 0; // 0: no more than `memory`
    unsigned vcpus = 1;
    std::uint64_t stub_domain = 0; // of an hvm, with its screen
    bool has_tables = true;        // of second-level pages: all but pv
};

// What it takes in all, with what Xen needs for it.
[[nodiscard]] std::uint64_t bytes_of(const MemoryNeed& need);

// Room that is kept for a domain as long as this exists; the daemon learns of its end by itself,
// even when this process is killed.
class MemoryReservation {
public:
    // Waits until the daemon has made room, at most until the deadline. Nothing where the daemon is
    // not there and need not be. `qube` is whom it is for. Throws Error{no_memory} when it refuses,
    // Error{timeout}, Error{unsupported} for a required one that is not there, and Error{failed}
    // for one that does not answer properly.
    [[nodiscard]] static std::optional<MemoryReservation>
    make(const std::string& qube, std::uint64_t bytes, bool on_xen, Deadline deadline);

private:
    explicit MemoryReservation(Fd connection) : connection_{std::move(connection)} {}

    Fd connection_;
};

[[nodiscard]] Error not_enough_memory(const std::string& qube, std::string detail);

} // namespace qmgmt
