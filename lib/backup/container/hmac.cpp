// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/hmac.hpp"

#include "backup/container/libcrypto.hpp"
#include "backup/fault.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

namespace qmgmt {
namespace {

[[noreturn]] void fail(const char* what)
{
    throw BackupError{BackupFault::internal, "the cipher library fails", libcrypto_error(what)};
}

const unsigned char* bytes_of(std::string_view text) noexcept
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

Hmac::Hmac(std::string_view key)
{
    use_libcrypto();
    const std::unique_ptr<EVP_MAC, ReleasedBy<EVP_MAC_free>> hmac{
        EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr)};
    if (!hmac)
        fail("EVP_MAC_fetch");
    context_.reset(EVP_MAC_CTX_new(hmac.get()));
    if (!context_)
        fail("EVP_MAC_CTX_new");
    char digest[] = "SHA256";
    const OSSL_PARAM settings[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    if (EVP_MAC_init(context_.get(), bytes_of(key), key.size(), settings) != 1)
        fail("EVP_MAC_init");
}

void Hmac::update(std::string_view bytes)
{
    if (!bytes.empty() && EVP_MAC_update(context_.get(), bytes_of(bytes), bytes.size()) != 1)
        fail("EVP_MAC_update");
}

HmacValue Hmac::value()
{
    HmacValue value{};
    std::size_t size = 0;
    if (EVP_MAC_final(context_.get(), reinterpret_cast<unsigned char*>(value.data()), &size,
                      value.size()) != 1 ||
        size != value.size())
        fail("EVP_MAC_final");
    return value;
}

bool Hmac::matches(std::string_view untrusted)
{
    const HmacValue computed = value();
    return untrusted.size() == computed.size() &&
           CRYPTO_memcmp(computed.data(), untrusted.data(), computed.size()) == 0;
}

} // namespace qmgmt
