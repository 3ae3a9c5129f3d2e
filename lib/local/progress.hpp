// SPDX-License-Identifier: GPL-2.0-or-later
//
// How far a transfer has come, for a person who waits for it.
#pragma once

#include <string>

namespace qmgmt::local {

// "1.5 GiB of 10.0 GiB, 15 %, 310.2 MiB/s"; without what is not known: a `total` of 0, a rate
// before any time has passed.
[[nodiscard]] std::string progress_text(unsigned long long done, unsigned long long total,
                                        double seconds);

} // namespace qmgmt::local
