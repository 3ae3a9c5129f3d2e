// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/libxl/operation.hpp"

#include <algorithm>
#include <chrono>
#include <poll.h>
#include <sys/time.h>

namespace qmgmt::libxl {
namespace {

timeval now()
{
    timeval time{};
    ::gettimeofday(&time, nullptr);
    return time;
}

} // namespace

int Operation::result(int started, int milliseconds)
{
    using Clock = std::chrono::steady_clock;
    if (started != 0)
        return started; // then nobody calls back
    const auto end = Clock::now() + std::chrono::milliseconds{milliseconds};
    for (bool aborted = false; !done_;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        if (left <= 0 && !aborted) {
            aborted = true;
            libxl_ao_abort(context_, &how_);
            continue; // it may have ended right there
        }
        // What was aborted ends soon; and it is asked for its own deadlines now and then.
        constexpr long longest = 1000;
        turn(static_cast<int>(std::clamp(left, 1L, longest)));
    }
    return result_;
}

// Lets libxl see what happened to what it waits for.
void Operation::turn(int milliseconds)
{
    constexpr int most = 32;
    pollfd watched[most];
    int count = most;
    if (libxl_osevent_beforepoll(context_, &count, watched, &milliseconds, now()) != 0)
        count = 0; // more than we have room for: it is asked again when the time is over
    ::poll(watched, static_cast<nfds_t>(count), milliseconds);
    libxl_osevent_afterpoll(context_, count, watched, now());
}

} // namespace qmgmt::libxl
