// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/container_key.hpp"

#include "backup/container/hmac.hpp"
#include "base/random.hpp"

#include <algorithm>
#include <span>

namespace qmgmt {
namespace {

constexpr std::size_t key_size = derived_key_size / 2;

[[noreturn]] void fail_refused(const ContainerSubject& subject)
{
    if (subject.refused == BackupFault::member_corrupt)
        fail_corrupt(subject, "the HMAC of its head");
    throw BackupError{subject.refused, "the passphrase does not open the archive"};
}

} // namespace

ContainerKey ContainerKey::make(const Secret& passphrase, const KdfCost& cost)
{
    KdfSalt salt{};
    fill_random(std::as_writable_bytes(std::span{salt}));
    return make(passphrase, cost, salt);
}

ContainerKey ContainerKey::make(const Secret& passphrase, const KdfCost& cost, const KdfSalt& salt)
{
    ContainerKey key{derive_key(passphrase.bytes(), {salt.data(), salt.size()}, cost)};
    const std::string text = ContainerHead{cost, salt}.text();
    Hmac hmac{key.mac_key()};
    hmac.update(text);
    const HmacValue value = hmac.value();
    std::copy(value.begin(), value.end(), std::copy(text.begin(), text.end(), key.head_.begin()));
    return key;
}

ContainerKey ContainerKey::open(std::string_view untrusted_head, const Secret& passphrase,
                                const KdfLimits& limits, const ContainerSubject& subject)
{
    const ContainerHead head = ContainerHead::parse(untrusted_head, subject);
    check_cost(head.cost, limits);
    ContainerKey key{
        derive_key(passphrase.bytes(), {head.salt.data(), head.salt.size()}, head.cost)};
    Hmac hmac{key.mac_key()};
    hmac.update(untrusted_head.substr(0, container_head_text_size));
    if (!hmac.matches(untrusted_head.substr(container_head_text_size)))
        fail_refused(subject);
    std::copy(untrusted_head.begin(), untrusted_head.end(), key.head_.begin());
    return key;
}

std::string_view ContainerKey::cipher_key() const noexcept
{
    return keys_.bytes().substr(0, key_size);
}

std::string_view ContainerKey::mac_key() const noexcept
{
    return keys_.bytes().substr(key_size);
}

} // namespace qmgmt
