// SPDX-License-Identifier: GPL-2.0-or-later

#include "confine/confine.hpp"

#include "base/error.hpp"

#include <sys/prctl.h>

namespace qmgmt {

void confine(const Rights& rights)
{
    limit_resources(rights.limits);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        throw_errno(failure::internal, "cannot give up rights", "PR_SET_NO_NEW_PRIVS");
    restrict_files(rights.paths, rights.syscalls.signals);
    filter_syscalls(rights.syscalls);
}

} // namespace qmgmt
