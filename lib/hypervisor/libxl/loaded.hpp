// SPDX-License-Identifier: GPL-2.0-or-later
//
// The object that links libxl, from our side of its border.
#pragma once

#include "hypervisor/libxl/border.h"

#include <string_view>

namespace qmgmt::libxl {

// Loads it at the first time. Throws Error{unsupported} when it, or Xen's libraries, are missing.
[[nodiscard]] const qmgmt_xen& loaded();

// What went wrong as Error: `what` completes "cannot ..."; `detail` is for the log, as libxl's
// words are.
[[noreturn]] void throw_failure(std::string_view what, std::string_view detail,
                                const qmgmt_xen_error& error);

} // namespace qmgmt::libxl
