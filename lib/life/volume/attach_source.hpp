// SPDX-License-Identifier: GPL-2.0-or-later
//
// The volume that is to be attached to the destination of a call, or detached from it: whose it is,
// and whether it may be (firewall-devices.md 3).
#pragma once

#include "call/call.hpp"
#include "life/volume/attach_request.hpp"
#include "life/volume/find_volume.hpp"
#include "storage/attachment.hpp"
#include "storage/pool_table.hpp"

#include <optional>
#include <string>
#include <vector>

namespace qmgmt {

struct AttachSource {
    Volume volume;                    // as the destination has it in the store, else as its own
                                      // qube has it, or as one of its pool
    std::optional<VolumeEntry> owner; // whose own it is; nothing: it is free
    std::optional<std::string> role;  // the entry that the destination has for it
    std::vector<VolumeEntry> others;  // that other qubes have, besides whose own it is
};

// What is named. What belongs to no entry of the destination is for dom0 alone: until policy is
// asked, nobody can tell whether another caller may have it. Throws Error{bad_value} for a system
// volume of the destination and for what keeps no data, else as find_volume.hpp says.
[[nodiscard]] AttachSource find_source(Call& call, const AttachName& name);

// Throws Error{volume_in_use} when it cannot be attached as well: `users` have it now, others will
// when they start, its own qube runs on it, dom0 itself uses it. Its lock is held; of a free volume
// is committed what a crash of the host left.
void check_usable(Call& call, Pool& pool, const AttachSource& source, bool rw,
                  const std::vector<Attachment>& users);

} // namespace qmgmt
