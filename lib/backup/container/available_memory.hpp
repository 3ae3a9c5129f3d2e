// SPDX-License-Identifier: GPL-2.0-or-later
//
// How much memory the machine could give without swapping.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace qmgmt {

// Bytes: what the kernel reckons as available; where it does not say, what is free.
[[nodiscard]] std::uint64_t available_memory() noexcept;

// MemAvailable of the text of /proc/meminfo.
[[nodiscard]] std::optional<std::uint64_t> mem_available(std::string_view meminfo) noexcept;

} // namespace qmgmt
