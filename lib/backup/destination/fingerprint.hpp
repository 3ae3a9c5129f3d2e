// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whether two streams are the same bytes, found out in one process: GMAC under a random key, which
// on processors with AES instructions takes a fraction of the time of a SHA-256. Two different
// streams have the same fingerprint with a probability of 2^-64 at most, whoever made them.
#pragma once

#include "base/released_by.hpp"

#include <array>
#include <memory>
#include <openssl/evp.h>
#include <string_view>

namespace qmgmt {

class Fingerprint {
public:
    using Key = std::array<unsigned char, 16>;
    using Value = std::array<unsigned char, 16>;

    // Throws Error{internal}.
    [[nodiscard]] static Key random_key();

    // Of what will be given to `update`; comparable to those of the same key. Throws
    // BackupError{internal}, as all below.
    explicit Fingerprint(const Key& key);

    void update(std::string_view bytes);
    // Once, the last of all.
    [[nodiscard]] Value value();

private:
    std::unique_ptr<EVP_MAC_CTX, ReleasedBy<EVP_MAC_CTX_free>> context_;
};

} // namespace qmgmt
