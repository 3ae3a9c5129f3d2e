// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whether two streams are the same bytes, found out in one process: GMAC under a random key, which
// on processors with AES instructions takes a fraction of the time of a SHA-256. Two different
// streams have the same fingerprint with a probability of 2^-64 at most, whoever made them.
#pragma once

#include "backup/container/mac.hpp"

#include <array>
#include <string_view>

namespace qmgmt {

class Fingerprint {
public:
    using Key = std::array<char, 16>;
    using Value = std::array<char, 16>;

    // Throws Error{internal}.
    [[nodiscard]] static Key random_key();

    // Of what will be given to `update`; comparable to those of the same key. Throws
    // BackupError{internal}, as all below.
    explicit Fingerprint(const Key& key);

    void update(std::string_view bytes) { mac_.update(bytes); }
    // Once, the last of all.
    [[nodiscard]] Value value();

private:
    Mac mac_;
};

} // namespace qmgmt
