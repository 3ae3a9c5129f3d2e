// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace qmgmt {

// RFC 4648, with padding, on one line.
[[nodiscard]] std::string base64(std::string_view bytes);

} // namespace qmgmt
