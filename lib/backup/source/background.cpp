// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/source/background.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace qmgmt {

void let_others_go_first() noexcept
{
    constexpr int niceness = 10;
    constexpr int of_process = 1;              // IOPRIO_WHO_PROCESS: this thread
    constexpr int best_effort = (2 << 13) | 7; // the last of its class
    const sched_param none{};
    ::sched_setscheduler(0, SCHED_BATCH, &none);
    ::setpriority(PRIO_PROCESS, 0, niceness);
    ::syscall(SYS_ioprio_set, of_process, 0, best_effort);
}

} // namespace qmgmt
