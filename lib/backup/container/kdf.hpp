// SPDX-License-Identifier: GPL-2.0-or-later
//
// Deriving a key from a passphrase with scrypt (RFC 7914), and what that costs (backup.md 1.5).
#pragma once

#include "backup/passphrase.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace qmgmt {

struct KdfCost {
    unsigned log_n = 17; // N = 2^log_n
    std::uint32_t r = 8;
    std::uint32_t p = 1;

    friend bool operator==(const KdfCost&, const KdfCost&) = default;
};

// What a reader may be made to spend.
struct KdfLimits {
    std::uint64_t memory = std::uint64_t{4}
                           << 30; // bytes; never more than half of what is available
};

inline constexpr std::size_t kdf_salt_size = 32;
inline constexpr std::size_t derived_key_size = 64;

// Bytes that a derivation of a cost within the limits of the format needs.
[[nodiscard]] std::uint64_t kdf_memory(const KdfCost& cost) noexcept;

// Before anything is allocated for it: a cost that a stranger's archive asks for. Throws
// BackupError{kdf_too_expensive}, which names the numbers. How long it would take is not asked:
// archives of faster machines must open.
void check_cost(const KdfCost& untrusted, const KdfLimits& limits);

// derived_key_size bytes. Throws BackupError{no_memory} with the MiB that were not there, and
// BackupError{internal} for a cost outside of the format.
[[nodiscard]] Secret derive_key(std::string_view passphrase, std::string_view salt,
                                const KdfCost& cost);

} // namespace qmgmt
