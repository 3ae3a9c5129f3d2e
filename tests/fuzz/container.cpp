// SPDX-License-Identifier: GPL-2.0-or-later
//
// backup.md 80: a container that somebody sent. The first byte says how careful that somebody was:
// the bytes as they are; a head whose checksum is right, of whatever cost; a body under the right
// key.

#include "backup/container/cipher.hpp"
#include "backup/container/container_key.hpp"
#include "fuzz/target.hpp"

#include <algorithm>
#include <string>
#include <string_view>

using namespace qmgmt;

namespace {

constexpr KdfLimits little{std::uint64_t{2} << 20};
const ContainerSubject subject{"vm7/private.img.000"};

Secret secret()
{
    Secret made{4};
    made.append("pass");
    return made;
}

// Nothing but what a stranger may cause.
bool may_be(BackupFault fault)
{
    return fault == BackupFault::member_corrupt || fault == BackupFault::kdf_too_expensive;
}

void as_it_is(std::string_view bytes)
{
    try {
        const std::string plain = unseal(bytes, secret(), little, subject);
        fuzz::require(plain.size() + container_overhead == bytes.size());
    } catch (const BackupError& error) {
        fuzz::require(may_be(error.fault()));
    }
}

void with_checksum(std::string_view bytes)
{
    std::string numbers{bytes.substr(0, 9)};
    numbers.resize(9);
    const auto number = [&](std::size_t at) {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < 4; ++i)
            value = value << 8 | static_cast<unsigned char>(numbers[at + i]);
        return value;
    };
    const ContainerHead head{{static_cast<unsigned char>(numbers[0]), number(1), number(5)}, {}};
    const std::string text = head.text();
    fuzz::require(text.size() == container_head_text_size);
    std::string mac{bytes.substr(std::min<std::size_t>(bytes.size(), 9), container_mac_size)};
    mac.resize(container_mac_size);
    const ContainerHead again = ContainerHead::parse(text + mac, subject);
    fuzz::require(again.cost == head.cost && again.salt == head.salt);
    try {
        check_cost(head.cost, little);
        fuzz::require(head.cost.log_n >= 10 && head.cost.r >= 1 && head.cost.p >= 1);
        fuzz::require(kdf_memory(head.cost) <= little.memory + (std::uint64_t{1} << 20));
    } catch (const BackupError& error) {
        fuzz::require(error.fault() == BackupFault::kdf_too_expensive &&
                      error.text().size() <= 200);
    }
}

// The key is the fuzzer's: what it does not sign is refused, in pieces as at once, and what we
// sign comes back.
void under_the_key(std::string_view bytes)
{
    static const ContainerKey key = ContainerKey::make(secret(), {10, 1, 1}, KdfSalt{});
    const std::size_t step = bytes.empty() ? 1 : 1 + static_cast<unsigned char>(bytes.front());
    if (bytes.size() >= container_mac_size) {
        const std::string_view body = bytes.substr(0, bytes.size() - container_mac_size);
        Decryptor decryptor{key, subject};
        for (std::size_t at = 0; at < body.size(); at += step)
            decryptor.authenticate(body.substr(at, step));
        bool refused = false;
        try {
            decryptor.compare(bytes.substr(body.size()));
        } catch (const BackupError& error) {
            refused = error.fault() == BackupFault::member_corrupt;
        }
        Encryptor encryptor{key}; // whose HMAC is the right one of what it decrypts to
        std::string plain{body};
        CounterMode{key.cipher_key()}.apply(plain, plain.data());
        encryptor.encrypt(plain, plain.data());
        const HmacValue mac = encryptor.finish();
        fuzz::require(plain == body);
        fuzz::require(refused !=
                      (std::string_view{mac.data(), mac.size()} == bytes.substr(body.size())));
    }
    std::string stored{bytes};
    Encryptor encryptor{key};
    for (std::size_t at = 0; at < stored.size(); at += step)
        encryptor.encrypt(std::string_view{stored}.substr(at, step), stored.data() + at);
    const HmacValue mac = encryptor.finish();
    Decryptor decryptor{key, subject};
    decryptor.authenticate(stored);
    decryptor.compare({mac.data(), mac.size()});
    decryptor.decrypt(stored, stored.data());
    fuzz::require(stored == bytes);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
    switch (data[0] % 3) {
    case 0: as_it_is(bytes); break;
    case 1: with_checksum(bytes); break;
    default: under_the_key(bytes); break;
    }
    return 0;
}
