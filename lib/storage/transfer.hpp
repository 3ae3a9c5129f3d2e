// SPDX-License-Identifier: GPL-2.0-or-later
//
// From volume to volume, of the same pool or of two.
#pragma once

#include "storage/pool.hpp"

namespace qmgmt {

// The committed state of `source` becomes that of `volume`, whose former state becomes a revision;
// by sharing where the two can, else as a copy without its holes. The caller holds the lock of
// `volume`, which is an origin that is not started. Throws with the former state in place.
void copy_volume(Pool& to, const Volume& volume, Pool& from, const Volume& source);

} // namespace qmgmt
