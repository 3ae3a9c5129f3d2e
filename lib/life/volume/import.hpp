// SPDX-License-Identifier: GPL-2.0-or-later
//
// New content for a volume of a halted qube (storage.md 4). The lock of the volume is held from
// beginning to end, the lock of its qube only at the beginning. The former content becomes a
// revision; when something is thrown it stays what it was.
#pragma once

#include "call/call.hpp"
#include "life/volume/find_volume.hpp"
#include "storage/stream/input.hpp"

#include <cstdint>
#include <string_view>

namespace qmgmt {

// What comes in on standard input, which is ours from now on; --timeout counts from here.
[[nodiscard]] StreamInput standard_input(const Call& call);

// Exactly as much as the volume is large.
void import_volume(Call& call, const VolumeOwner& owner, StreamInput& input);
// Exactly `size` bytes, which is then the size of the volume.
void import_volume(Call& call, const VolumeOwner& owner, StreamInput& input, std::uint64_t size);
// Nothing but zeros, as large as it was.
void clear_volume(Call& call, const VolumeOwner& owner);

// The first line of the input, "<size>". Throws Error{protocol} for what is no size, for 0 and for
// what is no multiple of 512.
[[nodiscard]] std::uint64_t read_size(StreamInput& input);
// The first line of the input, a vid as VolumeRequest takes it; empty when the argument names the
// volume, and the data begins at once.
[[nodiscard]] VolumeRequest read_volume_request(const Call& call, StreamInput& input);

} // namespace qmgmt
