// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/destination/fingerprint.hpp"

#include "base/random.hpp"

#include <openssl/core_names.h>
#include <span>

namespace qmgmt {
namespace {

Mac gmac(const Fingerprint::Key& key)
{
    char cipher[] = "AES-128-GCM";
    std::array<unsigned char, 12> once{}; // a key is for the streams of one comparison
    const OSSL_PARAM settings[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_IV, once.data(), once.size()),
        OSSL_PARAM_construct_end()};
    return {OSSL_MAC_NAME_GMAC, settings, {key.data(), key.size()}};
}

} // namespace

Fingerprint::Key Fingerprint::random_key()
{
    Key key{};
    fill_random(std::as_writable_bytes(std::span{key}));
    return key;
}

Fingerprint::Fingerprint(const Key& key) : mac_{gmac(key)} {}

Fingerprint::Value Fingerprint::value()
{
    Value value{};
    mac_.finish(std::as_writable_bytes(std::span{value}));
    return value;
}

} // namespace qmgmt
