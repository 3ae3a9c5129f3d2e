// SPDX-License-Identifier: GPL-2.0-or-later
//
// How many threads there are.
#pragma once

#include <chrono>
#include <filesystem>
#include <iterator>
#include <thread>

namespace qmgmt::test {

inline int threads_of_this_process()
{
    return static_cast<int>(
        std::distance(std::filesystem::directory_iterator{"/proc/self/task"}, {}));
}

// Whether there are so many, now or in a moment: one that was joined is still seen while the kernel
// puts it away.
inline bool threads_come_to(int count)
{
    for (int i = 0; i < 1000 && threads_of_this_process() != count; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    return threads_of_this_process() == count;
}

} // namespace qmgmt::test
