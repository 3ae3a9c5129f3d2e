// SPDX-License-Identifier: GPL-2.0-or-later
//
// The volume a call is about: by role in a qube, or by pool and vid. Reads the store, takes no
// lock. What is not there: Error{volume_not_found} or Error{pool_not_found}, for callers other than
// dom0 Error{denied}.
#pragma once

#include "call/call.hpp"
#include "names/volume_name.hpp"
#include "storage/volume.hpp"

#include <optional>
#include <string>
#include <vector>

namespace qmgmt {

// Whose volume it is.
struct VolumeOwner {
    std::string qube;
    std::string role;
};

// That a qube has a volume.
struct VolumeEntry {
    VolumeOwner owner;
    Volume volume;    // as it has it
    bool own = false; // made for it; else attached, and it may be another's
};

// Throws as said above: for who finds out later that it is not there (any more).
[[noreturn]] void no_such_volume(const Call& call);

// All volumes of a qube, in order; none for dom0.
[[nodiscard]] std::vector<Volume> volumes_of(Call& call, const Qube& qube);

// Who has a volume, by the store; whose own it is comes first. Never throws for a qube whose
// volumes make no sense.
[[nodiscard]] std::vector<VolumeEntry> entries_of(Call& call, const std::string& pool,
                                                  const std::string& vid);

// The volume of the destination that the argument names.
[[nodiscard]] VolumeOwner volume_of_destination(Call& call);

// Of the calls that are told a volume and nothing besides: the input is what the argument leaves.
[[nodiscard]] Input vid_as_input(const Request& request);

// The qube that has the volume in its volume-config; nothing when none has, and the driver lists
// it nevertheless: such a volume may be looked at, not changed.
[[nodiscard]] std::optional<VolumeOwner> owner_of(Call& call, const VolumeRequest& wanted);
// The same for a change. Throws Error{denied} for a volume that nobody has.
[[nodiscard]] VolumeOwner owner_to_change(Call& call, const VolumeRequest& wanted);

} // namespace qmgmt
