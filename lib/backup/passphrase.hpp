// SPDX-License-Identifier: GPL-2.0-or-later
//
// The passphrase of a backup, in memory that is not swapped, not dumped, and wiped when it goes.
#pragma once

#include <cstddef>
#include <string_view>

namespace qmgmt {

// Bytes nobody else shall see. Of a fixed room: growing would leave copies behind. Kept out of the
// swap as far as the process may lock memory.
class Secret {
public:
    // Throws Error{no_memory}.
    explicit Secret(std::size_t room);
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    // Throws Error{internal} when there is no room.
    void append(std::string_view bytes);
    // Wipes what was in use.
    void clear() noexcept;
    [[nodiscard]] std::string_view bytes() const noexcept { return {data_, size_}; }
    [[nodiscard]] std::size_t room() const noexcept { return room_; }
    // For who reads into it: `size` bytes of `data` are in use then.
    [[nodiscard]] char* data() noexcept { return data_; }
    void set_size(std::size_t size);

private:
    void release() noexcept;

    char* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t room_ = 0;
};

inline constexpr std::size_t most_passphrase = 1024; // bytes
// What a member's key may be derived from: scrypt(1) cuts off what is longer, without a word.
inline constexpr std::size_t most_member_passphrase = 2047;

class Passphrase {
public:
    // UTF-8 without control characters, not empty. Throws BackupError{passphrase_too_long,
    // passphrase_invalid}.
    static Passphrase parse(std::string_view untrusted);

    [[nodiscard]] std::string_view bytes() const noexcept { return secret_.bytes(); }
    // What a member's key is derived from: "BACKUPID!NAME!PASS" (backup.md 1.4), NAME without
    // ".enc"; and of the header "backup-header!PASS". Throws BackupError{passphrase_too_long}.
    [[nodiscard]] Secret for_member(std::string_view backup_id, std::string_view name) const;
    [[nodiscard]] Secret for_header() const;

private:
    explicit Passphrase(Secret secret) : secret_{static_cast<Secret&&>(secret)} {}

    Secret secret_;
};

} // namespace qmgmt
