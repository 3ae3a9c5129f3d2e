// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/container_head.hpp"

#include "backup/container/libcrypto.hpp"

#include <algorithm>
#include <openssl/evp.h>

namespace qmgmt {
namespace {

using namespace std::string_view_literals;

// And the version of the format, 0.
constexpr std::string_view magic = "scrypt\0"sv;
constexpr std::size_t checked_size = 48;
constexpr std::size_t check_size = 16;

std::string check_of(std::string_view text)
{
    use_libcrypto();
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
        throw BackupError{BackupFault::internal, "the cipher library fails",
                          libcrypto_error("EVP_Digest")};
    return {reinterpret_cast<const char*>(digest.data()), check_size};
}

std::uint32_t number_at(std::string_view text, std::size_t at) noexcept
{
    std::uint32_t number = 0;
    for (const char byte : text.substr(at, 4))
        number = number << 8 | static_cast<unsigned char>(byte);
    return number;
}

void put_number(std::string& text, std::uint32_t number)
{
    for (unsigned shift = 32; shift > 0;) {
        shift -= 8;
        text += static_cast<char>(number >> shift & 0xffU);
    }
}

} // namespace

void fail_corrupt(const ContainerSubject& subject, std::string detail)
{
    throw BackupError{BackupFault::member_corrupt, "'" + subject.name + "' is damaged",
                      std::move(detail)};
}

ContainerHead ContainerHead::parse(std::string_view untrusted, const ContainerSubject& subject)
{
    if (untrusted.size() != container_head_size)
        fail_corrupt(subject, "its head is cut off");
    if (!untrusted.starts_with(magic))
        fail_corrupt(subject, "no container of scrypt, version 0");
    if (untrusted.substr(checked_size, check_size) != check_of(untrusted.substr(0, checked_size)))
        fail_corrupt(subject, "the checksum of its head");
    ContainerHead head{{static_cast<unsigned char>(untrusted[7]), number_at(untrusted, 8),
                        number_at(untrusted, 12)},
                       {}};
    std::copy_n(untrusted.begin() + 16, kdf_salt_size, head.salt.begin());
    return head;
}

std::string ContainerHead::text() const
{
    std::string text{magic};
    text += static_cast<char>(cost.log_n);
    put_number(text, cost.r);
    put_number(text, cost.p);
    text.append(salt.data(), salt.size());
    return text + check_of(text);
}

} // namespace qmgmt
