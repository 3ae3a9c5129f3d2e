// SPDX-License-Identifier: GPL-2.0-or-later
//
// How many threads there are.
#pragma once

#include <filesystem>
#include <iterator>

namespace qmgmt::test {

inline int threads_of_this_process()
{
    return static_cast<int>(
        std::distance(std::filesystem::directory_iterator{"/proc/self/task"}, {}));
}

} // namespace qmgmt::test
