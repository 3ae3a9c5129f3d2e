// SPDX-License-Identifier: GPL-2.0-or-later
//
// Encryption with a key that is thrown away (storage.md 2.6): what a volume asks for. No driver
// here offers it.
#pragma once

#include "storage/volume.hpp"
#include "store/store.hpp"

namespace qmgmt {

// Whether the volume is to be encrypted while it is in use: its own word, else that of its pool.
// Only scratch volumes can be.
[[nodiscard]] bool is_ephemeral(const Volume& volume, const Store& store);

// Throws Error{unsupported} where it is: a start that left the encryption out would lie.
void refuse_ephemeral(const Volume& volume, const Store& store);

} // namespace qmgmt
