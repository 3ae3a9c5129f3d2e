// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/passphrase.hpp"

#include "backup/fault.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <openssl/crypto.h>
#include <sys/mman.h>
#include <utility>

namespace qmgmt {
namespace {

bool is_plain(std::string_view text) noexcept
{
    return is_utf8(text) && std::ranges::none_of(text, [](char c) {
               return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
           });
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
    if (!is_plain(untrusted))
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
