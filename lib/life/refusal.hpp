// SPDX-License-Identifier: GPL-2.0-or-later
//
// The power state does not permit it: one wording for all calls (hypervisor.md c.0), which today's
// tools show as it is.
#pragma once

#include "base/error.hpp"

#include <string>

namespace qmgmt {

[[nodiscard]] inline Error not_halted(const std::string& qube)
{
    return Error{failure::not_halted, "Domain is not powered off: '" + qube + "'"};
}

[[nodiscard]] inline Error not_started(const std::string& qube)
{
    return Error{failure::not_started, "Domain is powered off: '" + qube + "'"};
}

[[nodiscard]] inline Error not_running(const std::string& qube)
{
    return Error{failure::not_running,
                 "Domain not running (either powered off or paused): '" + qube + "'"};
}

[[nodiscard]] inline Error not_paused(const std::string& qube)
{
    return Error{failure::not_paused, "Domain is not paused: '" + qube + "'"};
}

} // namespace qmgmt
