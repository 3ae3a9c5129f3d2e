// SPDX-License-Identifier: GPL-2.0-or-later
//
// Loaded into a call, makes a file unreadable at one place, as a disk does that is about to fail:
// QMGMT_BROKEN_DISK="OFFSET PART" gives EIO for a read of a file whose path holds PART that comes
// over OFFSET.

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/types.h>

#define EXPORTED extern "C" __attribute__((visibility("default")))

namespace {

long broken_offset = -1;
const char* broken_part = nullptr;
int broken_fd = -1;

__attribute__((constructor)) void read_environment()
{
    char* end = nullptr;
    if (const char* text = std::getenv("QMGMT_BROKEN_DISK")) {
        broken_offset = std::strtol(text, &end, 10);
        broken_part = *end == ' ' ? end + 1 : nullptr;
    }
}

template<typename Function>
Function* real(const char* name)
{
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

} // namespace

namespace {

int noted(int fd, const char* path)
{
    if (broken_part != nullptr && fd >= 0 && std::strstr(path, broken_part) != nullptr)
        broken_fd = fd;
    return fd;
}

bool makes(int flags)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0;
}

} // namespace

EXPORTED int open64(const char* path, int flags, ...)
{
    static auto* const real_open = real<int(const char*, int, ...)>("open64");
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = makes(flags) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return noted(real_open(path, flags, mode), path);
}

EXPORTED int openat64(int directory, const char* path, int flags, ...)
{
    static auto* const real_open = real<int(int, const char*, int, ...)>("openat64");
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = makes(flags) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return noted(real_open(directory, path, flags, mode), path);
}

EXPORTED ssize_t pread64(int fd, void* into, std::size_t size, off64_t offset)
{
    static auto* const real_read = real<ssize_t(int, void*, std::size_t, off64_t)>("pread64");
    if (fd == broken_fd && offset <= broken_offset &&
        broken_offset < offset + static_cast<off64_t>(size)) {
        errno = EIO;
        return -1;
    }
    return real_read(fd, into, size, offset);
}
