// SPDX-License-Identifier: GPL-2.0-or-later
//
// Room for one chunk of an archive: how large it becomes is known only when it is whole.
#pragma once

#include <cstddef>

namespace qmgmt {

enum class ChunkPlace {
    memory,
    file // without a name, in /var/tmp: the kernel may take its pages away when memory gets short
};

class ChunkBuffer {
public:
    // Memory is taken only as it is used; the room of a file at once. Throws
    // BackupError{no_memory, no_space}.
    explicit ChunkBuffer(std::size_t room, ChunkPlace place = ChunkPlace::memory);
    ChunkBuffer(const ChunkBuffer&) = delete;
    ChunkBuffer& operator=(const ChunkBuffer&) = delete;
    ~ChunkBuffer();

    [[nodiscard]] char* data() noexcept { return data_; }
    [[nodiscard]] std::size_t room() const noexcept { return room_; }
    // What is in it may come to a disk.
    [[nodiscard]] bool is_file() const noexcept { return place_ == ChunkPlace::file; }

private:
    char* data_ = nullptr;
    std::size_t room_;
    ChunkPlace place_;
};

} // namespace qmgmt
