// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/destination/fingerprint.hpp"

#include "backup/container/libcrypto.hpp"
#include "backup/fault.hpp"
#include "base/random.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <span>

namespace qmgmt {
namespace {

[[noreturn]] void fail(const char* what)
{
    throw BackupError{BackupFault::internal, "the cipher library fails", libcrypto_error(what)};
}

} // namespace

Fingerprint::Key Fingerprint::random_key()
{
    Key key{};
    fill_random(std::as_writable_bytes(std::span{key}));
    return key;
}

Fingerprint::Fingerprint(const Key& key)
{
    use_libcrypto();
    const std::unique_ptr<EVP_MAC, ReleasedBy<EVP_MAC_free>> gmac{
        EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_GMAC, nullptr)};
    if (!gmac)
        fail("EVP_MAC_fetch");
    context_.reset(EVP_MAC_CTX_new(gmac.get()));
    if (!context_)
        fail("EVP_MAC_CTX_new");
    char cipher[] = "AES-128-GCM";
    std::array<unsigned char, 12> once{}; // a key is for the streams of one comparison
    const OSSL_PARAM settings[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_IV, once.data(), once.size()),
        OSSL_PARAM_construct_end()};
    if (EVP_MAC_init(context_.get(), key.data(), key.size(), settings) != 1)
        fail("EVP_MAC_init");
}

void Fingerprint::update(std::string_view bytes)
{
    if (!bytes.empty() &&
        EVP_MAC_update(context_.get(), reinterpret_cast<const unsigned char*>(bytes.data()),
                       bytes.size()) != 1)
        fail("EVP_MAC_update");
}

Fingerprint::Value Fingerprint::value()
{
    Value value{};
    std::size_t size = 0;
    if (EVP_MAC_final(context_.get(), value.data(), &size, value.size()) != 1 ||
        size != value.size())
        fail("EVP_MAC_final");
    return value;
}

} // namespace qmgmt
