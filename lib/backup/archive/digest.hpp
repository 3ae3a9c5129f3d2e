// SPDX-License-Identifier: GPL-2.0-or-later
//
// SHA-256 of bulk data as it comes, as fast as the processor does it.
#pragma once

#include "base/released_by.hpp"

#include <memory>
#include <openssl/evp.h>
#include <string>
#include <string_view>

namespace qmgmt {

class Digest {
public:
    // Throws BackupError{internal}, as all below.
    Digest();

    void update(std::string_view bytes);
    // 64 lower case hex digits. Once, the last of all.
    [[nodiscard]] std::string hex();

private:
    std::unique_ptr<EVP_MD_CTX, ReleasedBy<EVP_MD_CTX_free>> context_;
};

} // namespace qmgmt
