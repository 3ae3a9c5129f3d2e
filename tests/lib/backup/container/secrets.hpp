// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the tests of containers share.
#pragma once

#include "backup/container/kdf.hpp"
#include "backup/passphrase.hpp"

#include <string>
#include <string_view>

namespace qmgmt::test {

inline Secret secret_of(std::string_view text)
{
    Secret made{text.size()};
    made.append(text);
    return made;
}

// The cheapest that a reader takes.
inline constexpr KdfCost cheap{10, 8, 1};

} // namespace qmgmt::test
