// SPDX-License-Identifier: GPL-2.0-or-later

#include "state/caller_slot.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "state/runtime.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace qmgmt {

namespace {

// A locked byte of a file below the runtime directory, until this process ends. False when all
// `count` are taken.
bool take_slot(const std::string& file, int count, Fd& slots)
{
    try {
        slots = open_shared_file(runtime_file(file), O_RDWR | O_CREAT);
    } catch (const Error&) {
        return true;
    }
    // From where chance has it: callers that come together do not all ask for the same byte.
    for (int tried = 0; tried < count; ++tried) {
        struct flock range {};
        range.l_type = F_WRLCK;
        range.l_whence = SEEK_SET;
        range.l_start = (::getpid() + tried) % count;
        range.l_len = 1;
        if (::fcntl(slots.get(), F_OFD_SETLK, &range) == 0)
            return true;
    }
    return false;
}

} // namespace

void take_caller_slot(const std::string& caller)
{
    static Fd slots; // held until the process ends
    if (!take_slot("caller/" + caller, calls_at_once, slots))
        throw Error{failure::busy, "too many calls of this qube run at once"};
}

void take_stream_slot(const std::string& caller)
{
    static Fd own;
    static Fd of_all;
    const bool from_dom0 = caller == "dom0";
    if (!from_dom0 && !take_slot("stream/" + caller, streams_of_a_qube, own))
        throw Error{failure::busy, "too many streams of this qube run at once"};
    if (!take_slot(from_dom0 ? "stream/dom0" : "stream/.all", streams_at_once, of_all))
        throw Error{failure::busy, "too many streams run at once"};
}

} // namespace qmgmt
