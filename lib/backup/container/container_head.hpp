// SPDX-License-Identifier: GPL-2.0-or-later
//
// The first 96 bytes of a container, the file format of scrypt(1) (backup.md 1.5).
#pragma once

#include "backup/container/kdf.hpp"
#include "backup/fault.hpp"

#include <array>
#include <string>
#include <string_view>

namespace qmgmt {

inline constexpr std::size_t container_head_size = 96;
inline constexpr std::size_t container_mac_size = 32;
// A container is that much longer than what it holds.
inline constexpr std::size_t container_overhead = container_head_size + container_mac_size;

// Which member of an archive a container is, for the text of what is wrong with it.
struct ContainerSubject {
    std::string name; // "vm7/private.img.001", or of the header "backup-header.hmac"
    // What it means when the passphrase does not fit: of the first container of an archive
    // wrong_passphrase, of all others damage.
    BackupFault refused = BackupFault::member_corrupt;
};

// BackupError{member_corrupt}, which names the member.
[[noreturn]] void fail_corrupt(const ContainerSubject& subject, std::string detail);

using KdfSalt = std::array<char, kdf_salt_size>;

struct ContainerHead {
    KdfCost cost;
    KdfSalt salt;

    // Of container_head_size bytes: its form and its check against accidents. Its cost and its HMAC
    // nobody has looked at yet. Throws BackupError{member_corrupt}.
    static ContainerHead parse(std::string_view untrusted, const ContainerSubject& subject);
    // The 64 bytes that the HMAC of the head covers: all but that.
    [[nodiscard]] std::string text() const;
};

// The bytes that a head's HMAC covers.
inline constexpr std::size_t container_head_text_size = 64;

} // namespace qmgmt
