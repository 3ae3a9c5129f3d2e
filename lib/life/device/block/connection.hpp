// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whether a guest of Xen has taken the disk that it was given.
#pragma once

#include "call/call.hpp"
#include "hypervisor/xen/plan.hpp"
#include "hypervisor/xenstore.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace qmgmt {

// Waits until the guest has connected to it, ten seconds at most; one that has not by then may be
// slow, and keeps it, with a line in the log. Throws Error{failed} when the connection failed.
// Nothing on other hypervisors.
void await_connection(Call& call, const Qube& frontend, const BlockPlan& plan);

// The number under which Xen knows a disk of that name: "xvdi" is 51840.
[[nodiscard]] std::optional<std::uint32_t> disk_number(std::string_view name);

// The same, by the state that the guest's half of it has.
void await_connection(Xenstore& xenstore, int domain, const BlockPlan& plan, Deadline deadline);

} // namespace qmgmt
