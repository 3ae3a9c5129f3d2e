// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/mapped_file.hpp"

#include "base/fd.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace qmgmt {

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path, std::size_t limit)
{
    const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY)};
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0 ||
        static_cast<std::size_t>(status.st_size) > limit)
        return nullptr;
    const auto size = static_cast<std::size_t>(status.st_size);
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd.get(), 0);
    if (address == MAP_FAILED) // NOLINT(performance-no-int-to-ptr): the system's own macro
        return nullptr;
    return std::shared_ptr<const MappedFile>{
        new MappedFile{static_cast<const char*>(address), size}};
}

MappedFile::~MappedFile()
{
    ::munmap(const_cast<char*>(address_), size_); // NOLINT: it was never ours to write
}

} // namespace qmgmt
