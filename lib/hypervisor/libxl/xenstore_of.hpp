// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "hypervisor/libxl/border.h"
#include "hypervisor/xenstore.hpp"

namespace qmgmt {

// As open_xenstore(), through these functions.
[[nodiscard]] std::unique_ptr<Xenstore> open_xenstore(const qmgmt_xen& library);

} // namespace qmgmt
