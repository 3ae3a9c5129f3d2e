// SPDX-License-Identifier: GPL-2.0-or-later
//
// Replacing a file so that everybody sees the old or the new one, whole, whatever happens in
// between.
#pragma once

#include "base/fd.hpp"

#include <string>
#include <string_view>
#include <sys/types.h>

namespace qmgmt {

// A new file beside the one it is to replace: `<path>~` and six random characters, or another path
// before them, of the same directory. Removed again unless it was put in place. Throws
// Error{failed} or, without room, Error{resources}.
class ReplacementFile {
public:
    ReplacementFile(std::string path, mode_t mode);
    ReplacementFile(std::string path, mode_t mode, const std::string& temporary);
    ReplacementFile(const ReplacementFile&) = delete;
    ReplacementFile& operator=(const ReplacementFile&) = delete;
    ~ReplacementFile();

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }

    void write(std::string_view bytes);
    // Flushes the file, puts it in the place of the old one and flushes the directory: the change
    // is durable.
    void put_in_place();
    // As put_in_place, but never over an existing file: false when there is one.
    [[nodiscard]] bool put_in_place_new();
    // The same without flushing: for files that do not outlive a boot.
    void put_in_place_unflushed();
    // Hands the descriptor over.
    [[nodiscard]] Fd take() { return std::move(fd_); }

private:
    void flush() const;
    void rename();

    std::string path_;
    std::string temporary_;
    Fd fd_;
    bool in_place_ = false;
};

// Flushes the directory that holds `path`.
void flush_directory_of(const std::string& path);

// Makes the directory and those above it, below `root` already there, with the mode; existing ones
// stay as they are.
void make_directories(const std::string& path, mode_t mode);

// Removes the temporary files beside `path` that killed writers left. For who alone makes them.
void remove_leftovers(const std::string& path);

// Gives a new file to the group `qubes`, if this machine has one, and root's to root. Who is not a
// member of it leaves what the directory's setgid bit has decided.
void give_to_qubes_group(int fd);

// The id of the group `qubes`, if this machine has one. Reads /etc/group itself: no NSS in a call.
[[nodiscard]] bool qubes_group(gid_t& group);

} // namespace qmgmt
