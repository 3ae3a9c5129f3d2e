// SPDX-License-Identifier: GPL-2.0-or-later
//
// The content of one volume into another, in two steps by two calls (storage.md 3.12): the first is
// sent to the qube it comes from, the second to the one it goes to, so that policy has a say in
// both.
#pragma once

#include "call/call.hpp"
#include "life/volume/find_volume.hpp"

#include <string>

namespace qmgmt {

// A token for the committed state. Throws Error{unsupported} for a volume without data of its own.
[[nodiscard]] std::string offer_clone(Call& call, const VolumeOwner& owner);

// What the token stands for becomes the state of the volume of a halted qube; its size, too.
// Throws Error{token_not_found}, Error{volume_not_found} when the source is gone.
void take_clone(Call& call, const VolumeOwner& owner, const std::string& token);

} // namespace qmgmt
