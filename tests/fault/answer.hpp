// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a call may say when the kernel has refused it one step.
#pragma once

#include "calls/world.hpp"
#include "fault/trace.hpp"
#include "support/catch.hpp"

#include <cerrno>

namespace qmgmt::test {

// It did without, in silence; or it says in one line that something is full, or that it failed.
inline void check_answer(const Trace& trace, const Ask& ask)
{
    if (trace.status == 0)
        CHECK(trace.said.empty());
    else
        check_refusal({.err = trace.said, .status = trace.status}, full_name(ask.call),
                      trace.error == ENOSPC ? Failure::resources : Failure::failed);
}

} // namespace qmgmt::test
