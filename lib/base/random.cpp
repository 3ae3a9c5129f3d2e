// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/random.hpp"

#include "base/error.hpp"

#include <cerrno>
#include <sys/random.h>

namespace qmgmt {

void fill_random(std::span<std::byte> bytes)
{
    while (!bytes.empty()) {
        const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
        if (got < 0 && errno != EINTR)
            throw_errno(failure::internal, "cannot get random bytes", "getrandom");
        if (got > 0)
            bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
}

} // namespace qmgmt
