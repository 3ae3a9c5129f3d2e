// SPDX-License-Identifier: GPL-2.0-or-later
//
// The key of one container and the head that it was derived for. Deriving it is what costs: a
// member of an archive has one, and no two have the same.
#pragma once

#include "backup/container/container_head.hpp"
#include "backup/container/kdf.hpp"
#include "backup/passphrase.hpp"

#include <array>
#include <string_view>

namespace qmgmt {

class ContainerKey {
public:
    // For a new container, with a salt that nothing else has: the cipher counts from zero, so bytes
    // that are written once more need another. Throws BackupError{no_memory}.
    static ContainerKey make(const Secret& passphrase, const KdfCost& cost);
    // With a salt that was given, as a test vector is.
    static ContainerKey make(const Secret& passphrase, const KdfCost& cost, const KdfSalt& salt);

    // For a container that somebody sent, from its first container_head_size bytes. In this order:
    // damage (member_corrupt), a cost beyond the limits before anything is allocated
    // (kdf_too_expensive), memory (no_memory), a passphrase that is not the one it was made with,
    // or a head changed with care (subject.refused).
    static ContainerKey open(std::string_view untrusted_head, const Secret& passphrase,
                             const KdfLimits& limits, const ContainerSubject& subject);

    // container_head_size bytes: the beginning of the container.
    [[nodiscard]] std::string_view head() const noexcept { return {head_.data(), head_.size()}; }
    [[nodiscard]] std::string_view cipher_key() const noexcept;
    [[nodiscard]] std::string_view mac_key() const noexcept;

private:
    explicit ContainerKey(Secret keys) : keys_{static_cast<Secret&&>(keys)} {}

    std::array<char, container_head_size> head_{};
    Secret keys_; // for the cipher, then for the HMAC
};

} // namespace qmgmt
