// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/directory/replacement.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string_view>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {

namespace {

// Empty with errno set when the kernel gives no random bytes.
std::string random_word()
{
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz012345";
    static_assert(alphabet.size() == 32);
    std::array<unsigned char, 10> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return {};
    std::string word;
    for (const unsigned char byte : bytes)
        word += alphabet[byte % alphabet.size()];
    return word;
}

// Calls run as an ordinary user of the group that owns the images, or as root.
mode_t image_mode()
{
    return ::geteuid() == 0 ? 0600 : 0660;
}

} // namespace

Replacement::Replacement(int directory, std::string name)
    : directory_{directory}, name_{std::move(name)}
{
    do {
        const auto word = random_word();
        if (word.empty())
            return;
        temporary_ = name_ + "~" + word;
        fd_ = Fd{::openat(directory_, temporary_.c_str(),
                          O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    } while (!fd_ && errno == EEXIST);
}

Replacement::~Replacement()
{
    if (fd_ && !named_)
        ::unlinkat(directory_, temporary_.c_str(), 0);
}

bool Replacement::finish() noexcept
{
    if (::fchmod(fd_.get(), image_mode()) != 0 || ::fsync(fd_.get()) != 0 ||
        ::renameat(directory_, temporary_.c_str(), directory_, name_.c_str()) != 0)
        return false;
    named_ = true;
    return ::fsync(directory_) == 0;
}

} // namespace qmgmt
