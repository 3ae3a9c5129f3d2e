// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/override/file.hpp"

#include "base/fd.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>

namespace qmgmt::override_file {
namespace {

constexpr std::size_t largest = std::size_t{256} * 1024;

void check(const struct stat& facts)
{
    if (!S_ISREG(facts.st_mode))
        throw Unusable{"it is no file"};
    if (facts.st_uid != 0 && facts.st_uid != ::geteuid())
        throw Unusable{"it belongs to somebody else"};
    if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        throw Unusable{"others than its owner may write to it"};
    if (static_cast<std::size_t>(facts.st_size) > largest)
        throw Unusable{"it is too large"};
}

} // namespace

std::optional<pugi::xml_document> load(const std::string& path)
{
    // Without waiting for somebody at the other end, should it be a pipe.
    const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    if (!fd) {
        if (errno == ENOENT || errno == ENOTDIR)
            return std::nullopt;
        throw Unusable{std::strerror(errno)};
    }
    struct stat facts {};
    if (::fstat(fd.get(), &facts) != 0)
        throw Unusable{std::strerror(errno)};
    check(facts);
    const std::string text = read_at(fd.get(), 0, largest);
    pugi::xml_document document;
    const pugi::xml_parse_result result = document.load_buffer(text.data(), text.size());
    if (!result)
        throw Unusable{std::string{result.description()} + " at byte " +
                       std::to_string(result.offset)};
    return document;
}

} // namespace qmgmt::override_file
