// SPDX-License-Identifier: GPL-2.0-or-later
//
// The parts of a <domain>, and where upstream writes them.
#pragma once

#include "store/store.hpp"

#include <string>
#include <string_view>

namespace qmgmt::splice {

// The element of a qube, freshly parsed; dom0 is added where the file has no entry for it. Throws
// Error{not_found}.
[[nodiscard]] Element domain_element(Store& store, std::string_view qube);

// Inserts `text`, a whole element of that name, behind all parts that upstream writes before it.
void insert_part(Store& store, std::string_view qube, std::string_view part,
                 const std::string& text);

} // namespace qmgmt::splice
