// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/libcrypto.hpp"

#include "backup/fault.hpp"

#include <array>
#include <openssl/crypto.h>
#include <openssl/err.h>

namespace qmgmt {

void use_libcrypto()
{
    // libcrypto keeps its own "once", across threads.
    if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) != 1)
        throw BackupError{BackupFault::internal, "the cipher library does not start",
                          libcrypto_error("OPENSSL_init_crypto")};
}

std::string libcrypto_error(const std::string& what)
{
    std::array<char, 256> reason{};
    ERR_error_string_n(ERR_peek_last_error(), reason.data(), reason.size());
    ERR_clear_error();
    return what + ": " + reason.data();
}

} // namespace qmgmt
