// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/chunk/chunk_buffer.hpp"

#include "backup/fault.hpp"
#include "base/fd.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>

namespace qmgmt {
namespace {

constexpr const char* waiting_place = "/var/tmp";

// A file of its own with all of its room: a page of it that the disk has no place for would kill
// the process.
Fd waiting_file(std::size_t room)
{
    Fd file{::open(waiting_place, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    int error = file ? 0 : errno;
    if (error == 0) {
        do
            error = ::posix_fallocate(file.get(), 0, static_cast<off_t>(room));
        while (error == EINTR);
    }
    if (error != 0)
        throw BackupError{BackupFault::no_space, "there is no room for a chunk that waits",
                          std::string{waiting_place} + ": " + std::strerror(error)};
    return file;
}

} // namespace

ChunkBuffer::ChunkBuffer(std::size_t room, ChunkPlace place) : room_{room}, place_{place}
{
    void* memory = MAP_FAILED;
    if (place == ChunkPlace::file) {
        const Fd file = waiting_file(room);
        memory = ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    } else {
        memory = ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory != MAP_FAILED)
            ::madvise(memory, room, MADV_HUGEPAGE);
    }
    if (memory == MAP_FAILED)
        throw BackupError{BackupFault::no_memory, "there is no memory for a chunk of " +
                                                      std::to_string(room >> 20) + " MiB"};
    data_ = static_cast<char*>(memory);
}

ChunkBuffer::~ChunkBuffer()
{
    ::munmap(data_, room_);
}

} // namespace qmgmt
