// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the reading calls say of volumes (storage.md 3.7).
#pragma once

#include "call/call.hpp"
#include "life/volume/find_volume.hpp"

#include <string>

namespace qmgmt {

// "key=value" lines. Of a volume that nobody has, what its disk tells.
[[nodiscard]] std::string volume_info(Call& call, const VolumeOwner& owner);
[[nodiscard]] std::string volume_info(Call& call, const VolumeRequest& wanted);

// Ids, one a line, oldest first.
[[nodiscard]] std::string volume_revisions(Call& call, const VolumeOwner& owner);
[[nodiscard]] std::string volume_revisions(Call& call, const VolumeRequest& wanted);

// The roles of the destination, one a line; of one pool where the argument names one.
[[nodiscard]] std::string volume_roles(Call& call);

} // namespace qmgmt
