// SPDX-License-Identifier: GPL-2.0-or-later
//
// A pause between two looks at something that cannot be waited for.
#pragma once

#include <cerrno>
#include <chrono>
#include <ctime>

namespace qmgmt {

inline void wait(std::chrono::milliseconds span)
{
    struct timespec left {
        span.count() / 1000, span.count() % 1000 * 1'000'000
    };
    while (::nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

} // namespace qmgmt
