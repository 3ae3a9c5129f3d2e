// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/hmac.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <span>

namespace qmgmt {
namespace {

Mac hmac_sha256(std::string_view key)
{
    char digest[] = "SHA256";
    const OSSL_PARAM settings[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    return {OSSL_MAC_NAME_HMAC, settings, key};
}

} // namespace

Hmac::Hmac(std::string_view key) : mac_{hmac_sha256(key)} {}

HmacValue Hmac::value()
{
    HmacValue value{};
    mac_.finish(std::as_writable_bytes(std::span{value}));
    return value;
}

bool Hmac::matches(std::string_view untrusted)
{
    const HmacValue computed = value();
    return untrusted.size() == computed.size() &&
           CRYPTO_memcmp(computed.data(), untrusted.data(), computed.size()) == 0;
}

} // namespace qmgmt
