// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/mac.hpp"

#include "backup/container/libcrypto.hpp"

namespace qmgmt {
namespace {

const unsigned char* bytes_of(std::string_view text) noexcept
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

Mac::Mac(const char* algorithm, const OSSL_PARAM* settings, std::string_view key)
{
    use_libcrypto();
    const std::unique_ptr<EVP_MAC, ReleasedBy<EVP_MAC_free>> fetched{
        EVP_MAC_fetch(nullptr, algorithm, nullptr)};
    if (!fetched)
        fail_libcrypto("EVP_MAC_fetch");
    context_.reset(EVP_MAC_CTX_new(fetched.get()));
    if (!context_)
        fail_libcrypto("EVP_MAC_CTX_new");
    if (EVP_MAC_init(context_.get(), bytes_of(key), key.size(), settings) != 1)
        fail_libcrypto("EVP_MAC_init");
}

void Mac::update(std::string_view bytes)
{
    if (!bytes.empty() && EVP_MAC_update(context_.get(), bytes_of(bytes), bytes.size()) != 1)
        fail_libcrypto("EVP_MAC_update");
}

void Mac::finish(std::span<std::byte> into)
{
    std::size_t size = 0;
    if (EVP_MAC_final(context_.get(), reinterpret_cast<unsigned char*>(into.data()), &size,
                      into.size()) != 1 ||
        size != into.size())
        fail_libcrypto("EVP_MAC_final");
}

} // namespace qmgmt
