// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/tar/tar_block.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace qmgmt {
namespace {

constexpr std::string_view posix_magic{"ustar\0"
                                       "00",
                                       8};
constexpr std::string_view gnu_magic{"ustar  \0", 8};

void put(TarBlock& block, TarField field, std::string_view bytes)
{
    std::memcpy(block.data() + field.at, bytes.data(), std::min(bytes.size(), field.length));
}

// As many digits as the field has room for beside a NUL.
void put_octal(TarBlock& block, TarField field, std::uint64_t number)
{
    std::array<char, 24> digits{};
    std::snprintf(digits.data(), digits.size(), "%0*llo", static_cast<int>(field.length - 1),
                  static_cast<unsigned long long>(number));
    put(block, field, std::string_view{digits.data()});
}

// The sum of all bytes, those of the checksum taken as blanks.
unsigned sum_of(const TarBlock& block) noexcept
{
    unsigned sum = 0;
    for (std::size_t at = 0; at < block.size(); ++at) {
        const bool own = at >= tar_field::checksum.at &&
                         at < tar_field::checksum.at + tar_field::checksum.length;
        sum += own ? unsigned{' '} : static_cast<unsigned char>(block.at(at));
    }
    return sum;
}

} // namespace

TarBlock tar_header(const TarMember& member)
{
    if (member.name.size() > tar_field::name.length || member.size > most_ustar_size ||
        member.time < 0)
        throw Error{failure::internal, "a member does not fit into an archive", member.name};
    TarBlock block{};
    put(block, tar_field::name, member.name);
    put_octal(block, tar_field::mode, member.mode);
    put_octal(block, tar_field::uid, 0);
    put_octal(block, tar_field::gid, 0);
    put_octal(block, tar_field::size, member.size);
    put_octal(block, tar_field::mtime, static_cast<std::uint64_t>(member.time));
    put(block, tar_field::type, {&member.type, 1});
    put(block, tar_field::magic, posix_magic);
    std::array<char, 16> sum{};
    std::snprintf(sum.data(), sum.size(), "%06o", sum_of(block));
    put(block, tar_field::checksum, {sum.data(), 7}); // six digits and a NUL, then a blank
    block.at(tar_field::checksum.at + 7) = ' ';
    return block;
}

std::string_view bytes_of(const TarBlock& block, TarField field) noexcept
{
    return {block.data() + field.at, field.length};
}

std::string_view text_of(const TarBlock& block, TarField field) noexcept
{
    const std::string_view bytes = bytes_of(block, field);
    return bytes.substr(0, bytes.find('\0'));
}

bool is_zero(const TarBlock& block) noexcept
{
    return std::ranges::all_of(block, [](char c) { return c == '\0'; });
}

bool has_tar_magic(const TarBlock& block) noexcept
{
    const std::string_view magic = bytes_of(block, tar_field::magic);
    return magic == posix_magic || magic == gnu_magic;
}

std::optional<std::uint64_t> octal(std::string_view untrusted) noexcept
{
    std::uint64_t number = 0;
    for (const char c : untrusted.substr(0, untrusted.find_first_of(std::string_view{" \0", 2}))) {
        if (c < '0' || c > '7')
            return std::nullopt;
        number = number * 8 + static_cast<std::uint64_t>(c - '0'); // 12 digits at most
    }
    return number;
}

bool has_right_checksum(const TarBlock& block) noexcept
{
    const std::string_view field = bytes_of(block, tar_field::checksum);
    return field.front() != '\0' && field.front() != ' ' && octal(field) == sum_of(block);
}

} // namespace qmgmt
