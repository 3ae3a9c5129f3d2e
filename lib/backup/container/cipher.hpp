// SPDX-License-Identifier: GPL-2.0-or-later
//
// The body of a container: AES-256 in counter mode, then an HMAC over everything before it
// (backup.md 1.5). The HMAC is at the end, so nothing may be decrypted before the whole was seen.
#pragma once

#include "backup/container/container_key.hpp"
#include "backup/container/hmac.hpp"
#include "base/released_by.hpp"

#include <memory>
#include <openssl/evp.h>
#include <string>
#include <string_view>

namespace qmgmt {

// AES-256-CTR from block zero: encrypting is decrypting.
class CounterMode {
public:
    explicit CounterMode(std::string_view key);
    // `into` has room for as many bytes, and is a place of its own or the very same. Throws
    // BackupError{internal}.
    void apply(std::string_view bytes, char* into);

private:
    std::unique_ptr<EVP_CIPHER_CTX, ReleasedBy<EVP_CIPHER_CTX_free>> context_;
};

// Makes a container: the head of its key, what `encrypt` gives, what `finish` gives.
class Encryptor {
public:
    explicit Encryptor(const ContainerKey& key);

    // Pieces of any size, in order; `into` as of CounterMode.
    void encrypt(std::string_view plain, char* into);
    // The last container_mac_size bytes. Once.
    [[nodiscard]] HmacValue finish();

private:
    CounterMode cipher_;
    Hmac hmac_;
};

// Reads one in two steps: all of its body through `authenticate`, its last bytes through `compare`;
// then the body once more through `decrypt`.
class Decryptor {
public:
    // The head of the key has been checked by who made the key.
    Decryptor(const ContainerKey& key, ContainerSubject subject);

    // What stands between head and HMAC, in pieces of any size, in order.
    void authenticate(std::string_view stored);
    // The last container_mac_size bytes. Throws BackupError{member_corrupt}.
    void compare(std::string_view untrusted_mac);
    // The same bytes as `authenticate` was given, in order. Throws BackupError{internal} when
    // `compare` has not succeeded before.
    void decrypt(std::string_view stored, char* into);

private:
    ContainerSubject subject_;
    CounterMode cipher_;
    Hmac hmac_;
    bool authentic_ = false;
};

// A whole small container at once.
[[nodiscard]] std::string seal(const ContainerKey& key, std::string_view plain);
// What it holds. Throws as ContainerKey::open and Decryptor do.
[[nodiscard]] std::string unseal(std::string_view untrusted, const Secret& passphrase,
                                 const KdfLimits& limits, const ContainerSubject& subject);

} // namespace qmgmt
