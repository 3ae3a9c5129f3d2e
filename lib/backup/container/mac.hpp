// SPDX-License-Identifier: GPL-2.0-or-later
//
// A message authentication code of libcrypto, of bytes as they come.
#pragma once

#include "base/released_by.hpp"

#include <cstddef>
#include <memory>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <span>
#include <string_view>

namespace qmgmt {

class Mac {
public:
    // `algorithm` is libcrypto's name of it, `settings` what it needs to be told. Throws
    // BackupError{internal}, as all below.
    Mac(const char* algorithm, const OSSL_PARAM* settings, std::string_view key);

    void update(std::string_view bytes);
    // All of it, into room of just its size. Once, the last of all.
    void finish(std::span<std::byte> into);

private:
    std::unique_ptr<EVP_MAC_CTX, ReleasedBy<EVP_MAC_CTX_free>> context_;
};

} // namespace qmgmt
