// SPDX-License-Identifier: GPL-2.0-or-later
//
// Giving up what the work that follows does not need: limits, no-new-privileges, Landlock, a filter
// of system calls, in this order. There is no way back, and children inherit all of it.
#pragma once

#include "confine/landlock.hpp"
#include "confine/resource_limits.hpp"
#include "confine/syscall_filter.hpp"

#include <string>
#include <vector>

namespace qmgmt {

struct Rights {
    ResourceLimits limits;
    std::vector<PathRight> paths;
    SyscallRights syscalls;

    void may_read(std::string path) { paths.push_back({std::move(path), Access::read}); }
    void may_write(std::string path) { paths.push_back({std::move(path), Access::write}); }
    void may_control(std::string path) { paths.push_back({std::move(path), Access::control}); }
};

// Throws Error{internal}. A kernel that lacks a part does without it.
void confine(const Rights& rights);

} // namespace qmgmt
