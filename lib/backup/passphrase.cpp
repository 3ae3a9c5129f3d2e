// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/passphrase.hpp"

#include "backup/fault.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <openssl/crypto.h>
#include <sys/mman.h>
#include <utility>

namespace qmgmt {
namespace {

// How many bytes of `text` from `at` are one character of UTF-8 in its shortest form; 0: none.
std::size_t character_length(std::string_view text, std::size_t at) noexcept
{
    const auto byte = [&](std::size_t i) -> std::uint32_t {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const std::uint32_t first = byte(0);
    if (first < 0x80)
        return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    std::uint32_t code = first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80)
            return 0;
        code = code << 6 | (byte(i) & 0x3fU);
    }
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (first < 0xc2 || first > 0xf4 || code < least[length] || code > 0x10ffff || surrogate)
        return 0;
    return length;
}

bool is_plain_utf8(std::string_view text) noexcept
{
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const std::size_t length = character_length(text, at);
        if (length == 0 || byte < 0x20 || byte == 0x7f)
            return false;
        at += length;
    }
    return true;
}

[[noreturn]] void fail_too_long()
{
    throw BackupError{BackupFault::passphrase_too_long,
                      "the passphrase has more than " + std::to_string(most_passphrase) + " bytes"};
}

Secret joined(std::initializer_list<std::string_view> parts)
{
    std::size_t size = 0;
    for (const std::string_view part : parts)
        size += part.size();
    if (size > most_member_passphrase)
        fail_too_long();
    Secret secret{size};
    for (const std::string_view part : parts)
        secret.append(part);
    return secret;
}

} // namespace

Secret::Secret(std::size_t room)
{
    // Pages of its own: what is locked and kept out of dumps are pages, and no neighbour's.
    void* const pages = ::mmap(nullptr, std::max<std::size_t>(room, 1), PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        throw_errno(failure::no_memory, "out of memory", "mmap of a secret");
    data_ = static_cast<char*>(pages);
    room_ = room;
    // Best effort: where a limit or a filter forbids them, a secret is still wiped.
    static_cast<void>(::mlock(data_, room_));
    static_cast<void>(::madvise(data_, std::max<std::size_t>(room_, 1), MADV_DONTDUMP));
}

Secret::Secret(Secret&& other) noexcept
    : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)},
      room_{std::exchange(other.room_, 0)}
{
}

Secret& Secret::operator=(Secret&& other) noexcept
{
    if (this != &other) {
        release();
        data_ = std::exchange(other.data_, nullptr);
        size_ = std::exchange(other.size_, 0);
        room_ = std::exchange(other.room_, 0);
    }
    return *this;
}

Secret::~Secret()
{
    release();
}

void Secret::release() noexcept
{
    if (data_ == nullptr)
        return;
    // All of it: who read into it may have failed before saying how much.
    OPENSSL_cleanse(data_, room_);
    ::munmap(data_, std::max<std::size_t>(room_, 1));
    data_ = nullptr;
}

void Secret::append(std::string_view bytes)
{
    if (bytes.size() > room_ - size_)
        throw Error{failure::internal, "a secret does not fit into its room"};
    if (!bytes.empty())
        std::memcpy(data_ + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
}

void Secret::clear() noexcept
{
    if (data_ != nullptr)
        OPENSSL_cleanse(data_, room_);
    size_ = 0;
}

void Secret::set_size(std::size_t size)
{
    if (size > room_)
        throw Error{failure::internal, "a secret does not fit into its room"};
    size_ = size;
}

Passphrase Passphrase::parse(std::string_view untrusted)
{
    if (untrusted.size() > most_passphrase)
        fail_too_long();
    if (untrusted.empty())
        throw BackupError{BackupFault::passphrase_invalid, "the passphrase is empty"};
    if (!is_plain_utf8(untrusted))
        throw BackupError{BackupFault::passphrase_invalid,
                          "the passphrase has control characters or is not UTF-8"};
    Secret secret{untrusted.size()};
    secret.append(untrusted);
    return Passphrase{std::move(secret)};
}

Secret Passphrase::for_member(std::string_view backup_id, std::string_view name) const
{
    return joined({backup_id, "!", name, "!", bytes()});
}

Secret Passphrase::for_header() const
{
    return joined({"backup-header!", bytes()});
}

} // namespace qmgmt
