// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/cipher.hpp"

#include "backup/container/libcrypto.hpp"
#include "backup/fault.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace qmgmt {
namespace {

// So much at a time through cipher and HMAC: what the first wrote the second finds in the cache.
constexpr std::size_t stride = 16384;

} // namespace

CounterMode::CounterMode(std::string_view key)
{
    use_libcrypto();
    context_.reset(EVP_CIPHER_CTX_new());
    const std::array<unsigned char, 16> first_block{};
    if (!context_ || EVP_EncryptInit_ex2(context_.get(), EVP_aes_256_ctr(),
                                         reinterpret_cast<const unsigned char*>(key.data()),
                                         first_block.data(), nullptr) != 1)
        fail_libcrypto("EVP_EncryptInit_ex2");
}

void CounterMode::apply(std::string_view bytes, char* into)
{
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, std::size_t{1} << 30); // sizes are ints
        int done = 0;
        if (EVP_EncryptUpdate(context_.get(), reinterpret_cast<unsigned char*>(into), &done,
                              reinterpret_cast<const unsigned char*>(piece.data()),
                              static_cast<int>(piece.size())) != 1 ||
            static_cast<std::size_t>(done) != piece.size())
            fail_libcrypto("EVP_EncryptUpdate");
        into += piece.size();
        bytes.remove_prefix(piece.size());
    }
}

Encryptor::Encryptor(const ContainerKey& key) : cipher_{key.cipher_key()}, hmac_{key.mac_key()}
{
    hmac_.update(key.head());
}

void Encryptor::encrypt(std::string_view plain, char* into)
{
    while (!plain.empty()) {
        const std::string_view piece = plain.substr(0, stride);
        plain.remove_prefix(piece.size()); // in place, its bytes change now
        cipher_.apply(piece, into);
        hmac_.update({into, piece.size()});
        into += piece.size();
    }
}

HmacValue Encryptor::finish()
{
    return hmac_.value();
}

Decryptor::Decryptor(const ContainerKey& key, ContainerSubject subject)
    : subject_{std::move(subject)}, cipher_{key.cipher_key()}, hmac_{key.mac_key()}
{
    hmac_.update(key.head());
}

void Decryptor::authenticate(std::string_view stored)
{
    hmac_.update(stored);
}

void Decryptor::compare(std::string_view untrusted_mac)
{
    if (!hmac_.matches(untrusted_mac))
        fail_corrupt(subject_, "the HMAC of its content");
    authentic_ = true;
}

void Decryptor::decrypt(std::string_view stored, char* into)
{
    if (!authentic_)
        throw BackupError{BackupFault::internal, "what is not authentic is not decrypted"};
    cipher_.apply(stored, into);
}

std::string seal(const ContainerKey& key, std::string_view plain)
{
    std::string container{key.head()};
    container.resize(container_head_size + plain.size());
    Encryptor encryptor{key};
    encryptor.encrypt(plain, container.data() + container_head_size);
    const HmacValue mac = encryptor.finish();
    container.append(mac.data(), mac.size());
    return container;
}

std::string unseal(std::string_view untrusted, const Secret& passphrase, const KdfLimits& limits,
                   const ContainerSubject& subject)
{
    if (untrusted.size() < container_overhead)
        fail_corrupt(subject, "it is shorter than any container");
    const ContainerKey key =
        ContainerKey::open(untrusted.substr(0, container_head_size), passphrase, limits, subject);
    const std::string_view body =
        untrusted.substr(container_head_size, untrusted.size() - container_overhead);
    Decryptor decryptor{key, subject};
    decryptor.authenticate(body);
    decryptor.compare(untrusted.substr(container_head_size + body.size()));
    std::string plain(body.size(), '\0');
    decryptor.decrypt(body, plain.data());
    return plain;
}

} // namespace qmgmt
