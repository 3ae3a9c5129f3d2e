// SPDX-License-Identifier: GPL-2.0-or-later
//
// The header block of a member of a tar archive (POSIX ustar, and the dialect of GNU that came
// before it): its fields, its numbers, its checksum.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

inline constexpr std::size_t tar_block = 512;
// Of a size in octal digits; larger ones need an extended record.
inline constexpr std::uint64_t most_ustar_size = (std::uint64_t{1} << 33) - 1;

using TarBlock = std::array<char, tar_block>;

struct TarField {
    std::size_t at;
    std::size_t length;
};

namespace tar_field {

inline constexpr TarField name{0, 100};
inline constexpr TarField mode{100, 8};
inline constexpr TarField uid{108, 8};
inline constexpr TarField gid{116, 8};
inline constexpr TarField size{124, 12};
inline constexpr TarField mtime{136, 12};
inline constexpr TarField checksum{148, 8};
inline constexpr TarField type{156, 1};
inline constexpr TarField magic{257, 8}; // with the version
inline constexpr TarField prefix{345, 155};

} // namespace tar_field

struct TarMember {
    std::string name; // at most 100 bytes
    std::uint64_t size = 0;
    char type = '0';
    unsigned mode = 0600;
    std::time_t time = 0;
};

// Throws Error{internal} for a name or a size that does not fit.
[[nodiscard]] TarBlock tar_header(const TarMember& member);
// How many zeros fill the last block of a member of this size.
[[nodiscard]] constexpr std::size_t tar_padding(std::uint64_t size) noexcept
{
    return static_cast<std::size_t>((tar_block - size % tar_block) % tar_block);
}

[[nodiscard]] std::string_view bytes_of(const TarBlock& block, TarField field) noexcept;
// Up to its first NUL.
[[nodiscard]] std::string_view text_of(const TarBlock& block, TarField field) noexcept;
[[nodiscard]] bool is_zero(const TarBlock& block) noexcept;
[[nodiscard]] bool has_tar_magic(const TarBlock& block) noexcept;
// Octal digits up to a blank, a NUL or the end; an empty field is 0.
[[nodiscard]] std::optional<std::uint64_t> octal(std::string_view untrusted) noexcept;
[[nodiscard]] bool has_right_checksum(const TarBlock& block) noexcept;

} // namespace qmgmt
