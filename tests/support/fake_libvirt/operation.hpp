// SPDX-License-Identifier: GPL-2.0-or-later
//
// One question or order, from its begin to its answer: written down, delayed, hung and failed as
// the world says; and the error that virGetLastError then shows.
#pragma once

#include "support/fake_libvirt/world_file.hpp"

#include <functional>
#include <libvirt/virterror.h>
#include <string>
#include <string_view>

namespace qmgmt::fake {

// What an operation does to the world; false: it has called `refuse`.
using Effect = std::function<bool(WorldFile&)>;

// Does it, unless it is to fail. The world is locked only while `effect` looks at it: an order that
// hangs holds nobody up. False: libvirt's last error says why.
bool perform(std::string_view operation, std::string_view uuid, const Effect& effect);

// For `effect`: the order cannot be carried out. Returns false.
bool refuse(int code, std::string_view text);

// The last error of this process; null: none.
virErrorPtr last_error();

} // namespace qmgmt::fake
