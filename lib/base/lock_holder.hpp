// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who holds a lock that is in the way, for the message of whoever waits in vain.
#pragma once

#include <string>
#include <sys/types.h>

namespace qmgmt {

// The holder of a lock on the open file, as far as this user may know: "mgmt.vm.Create.AppVM (pid
// 4711)"; "another process" otherwise.
[[nodiscard]] std::string lock_holder(int fd);

// The same by the number of the file, leaving out one process. Looks through /proc; what a confined
// call may not do, so that its helper does it (base/spawner).
[[nodiscard]] std::string find_lock_holder(ino_t file, pid_t except);

} // namespace qmgmt
