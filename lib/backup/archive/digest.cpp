// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/digest.hpp"

#include "backup/container/libcrypto.hpp"

#include <array>

namespace qmgmt {

Digest::Digest()
{
    use_libcrypto();
    context_.reset(EVP_MD_CTX_new());
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
        fail_libcrypto("EVP_DigestInit_ex");
}

void Digest::update(std::string_view bytes)
{
    if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1)
        fail_libcrypto("EVP_DigestUpdate");
}

std::string Digest::hex()
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
    unsigned size = 0;
    if (EVP_DigestFinal_ex(context_.get(), value.data(), &size) != 1)
        fail_libcrypto("EVP_DigestFinal_ex");
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
        text += digits[value.at(i) / 16];
        text += digits[value.at(i) % 16];
    }
    return text;
}

} // namespace qmgmt
