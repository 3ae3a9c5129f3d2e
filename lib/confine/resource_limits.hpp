// SPDX-License-Identifier: GPL-2.0-or-later
//
// What one call may use up (protocol.md 6.2). Going beyond ends the process, or fails what it asked
// for; the machine and other calls do not notice.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace qmgmt {

struct ResourceLimits {
    std::optional<std::size_t> memory{std::size_t{512} << 20}; // address space, in bytes
    unsigned files = 256;                                      // open descriptors
    std::optional<std::chrono::seconds> processor_time{
        60}; // nothing: bulk data takes what it needs
};

// From now on, for this process and what it starts. Never raises a limit that is lower already; no
// core is ever dumped. Throws Error{internal}.
void limit_resources(const ResourceLimits& limits);

} // namespace qmgmt
