// SPDX-License-Identifier: GPL-2.0-or-later
//
// Files of a backup that are no images: rules of a firewall, lists of menu entries.
#pragma once

#include "backup/archive/archive_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qmgmt {

// One file, in memory, of at most so many bytes.
class SmallFile : public FileReceiver {
public:
    explicit SmallFile(std::size_t limit) : limit_{limit} {}

    // Throws BackupError{size_limit}.
    void begin(const ArchivedFile& file) override;
    void content(std::uint64_t offset, std::string_view bytes) override;

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    std::size_t limit_;
    std::string text_;
};

// Looks at no content: for who only wants to know that a file is whole and no larger than it may
// be.
class CheckedFile : public FileReceiver {
public:
    explicit CheckedFile(std::uint64_t largest) : largest_{largest} {}

    // Throws BackupError{size_limit}.
    void begin(const ArchivedFile& file) override;
    void content(std::uint64_t, std::string_view) override {}

private:
    std::uint64_t largest_;
};

// What a file in the directory of a qube is.
enum class QubeFile { image, firewall, notes, menu, empty, other };

[[nodiscard]] QubeFile kind_of_file(std::string_view name) noexcept;
// "private" of "private.img".
[[nodiscard]] std::string_view role_of_image(std::string_view name) noexcept;

inline constexpr std::size_t most_firewall = std::size_t{1} << 20;
inline constexpr std::size_t most_small_file = std::size_t{256} << 10;

} // namespace qmgmt
