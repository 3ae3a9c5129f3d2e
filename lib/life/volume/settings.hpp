// SPDX-License-Identifier: GPL-2.0-or-later
//
// Settings of one volume in the store (storage.md 1.2). What a value must be is checked first:
// Error{protocol} for what is no value at all, Error{bad_value} for one that the volume cannot
// have.
#pragma once

#include "call/call.hpp"
#include "life/volume/find_volume.hpp"

#include <string_view>

namespace qmgmt {

// Of a halted qube.
void set_volume_rw(Call& call, const VolumeOwner& owner, std::string_view untrusted_value);
void set_volume_ephemeral(Call& call, const VolumeOwner& owner, std::string_view untrusted_value);

// From -1, which means that the qube runs on the committed state itself: to it and from it only
// while the qube, and every disposable of it, is halted.
void set_volume_revisions_to_keep(Call& call, const VolumeOwner& owner,
                                  std::string_view untrusted_value);

} // namespace qmgmt
