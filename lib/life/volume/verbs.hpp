// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is done to one volume and is over at once (storage.md 3.8 to 3.10). Streams and copies stand
// elsewhere: they let go of the qube while they work.
#pragma once

#include "call/call.hpp"
#include "life/volume/find_volume.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace qmgmt {

// Keeps the present state, that of a running qube too, and returns its id.
[[nodiscard]] std::string snapshot_volume(Call& call, const VolumeOwner& owner);

// Back to a kept state, of a halted qube; the present one is kept. Throws
// Error{revision_not_found}, Error{not_halted}.
void revert_volume(Call& call, const VolumeOwner& owner, const std::string& id);
// What may be an id, at most one line end behind it. Throws Error{protocol}.
[[nodiscard]] std::string parse_revision_id(std::string_view untrusted_text);

// Grows the volume to at least `size` bytes, of a running qube too, and returns the size it has
// then. Never shrinks. Throws Error{storage} when the guest could not follow: the size stays.
std::uint64_t extend_volume(Call& call, const VolumeOwner& owner, std::uint64_t size);

// The size it has now. Changes nothing.
[[nodiscard]] std::uint64_t volume_size(Call& call, const VolumeOwner& owner);

// The wanted size of Extend and Resize: digits, at most one line end behind them. Throws
// Error{protocol}.
[[nodiscard]] std::uint64_t parse_volume_size(std::string_view untrusted_text);

} // namespace qmgmt
