// SPDX-License-Identifier: GPL-2.0-or-later
//
// Settings of one volume in the store (storage.md 1.2). Each throws Error{bad_value} for a value
// that the volume cannot have.
#pragma once

#include "call/call.hpp"
#include "life/volume/find_volume.hpp"

#include <string_view>

namespace qmgmt {

// Values as callers write them, at most one line end behind them. They throw Error{protocol}; a
// number of revisions that is out of range, Error{bad_value}.
[[nodiscard]] bool parse_volume_flag(std::string_view untrusted_text);
[[nodiscard]] int parse_revisions_to_keep(std::string_view untrusted_text);

// Of a halted qube.
void set_volume_rw(Call& call, const VolumeOwner& owner, bool value);
void set_volume_ephemeral(Call& call, const VolumeOwner& owner, bool value);

// From -1, which means that the qube runs on the committed state itself: to it and from it only
// while the qube, and every disposable of it, is halted.
void set_volume_revisions_to_keep(Call& call, const VolumeOwner& owner, int value);

} // namespace qmgmt
