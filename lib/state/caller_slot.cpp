// SPDX-License-Identifier: GPL-2.0-or-later

#include "state/caller_slot.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "state/runtime.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace qmgmt {

void take_caller_slot(const std::string& caller)
{
    static Fd slots; // held until the process ends
    try {
        slots = open_shared_file(runtime_file("caller/" + caller), O_RDWR | O_CREAT);
    } catch (const Error&) {
        return;
    }
    // From where chance has it: callers that come together do not all ask for the same byte.
    for (int tried = 0; tried < calls_at_once; ++tried) {
        struct flock range {};
        range.l_type = F_WRLCK;
        range.l_whence = SEEK_SET;
        range.l_start = (::getpid() + tried) % calls_at_once;
        range.l_len = 1;
        if (::fcntl(slots.get(), F_OFD_SETLK, &range) == 0)
            return;
    }
    throw Error{failure::busy, "too many calls of this qube run at once"};
}

} // namespace qmgmt
