// SPDX-License-Identifier: GPL-2.0-or-later
//
// What pool.Add is asked for, in either of its two forms (storage.md 3.13):
//   argument = pool,   lines `driver=<driver>` and the driver's options
//   argument = driver, lines `name=<pool>` and the driver's options
#pragma once

#include "names/names.hpp"

#include <map>
#include <string>
#include <string_view>

namespace qmgmt {

// Printable ASCII. Whether the driver is known, has these options and takes these values is its
// table's business.
struct PoolRequest {
    PoolName name;
    std::string driver; // [A-Za-z0-9._-]+, 1 to 63 bytes
    std::map<std::string, std::string> options;

    // Each line is key=value, each key given once; the line end of the last one may be missing.
    // Throws Error{protocol}.
    static PoolRequest parse(std::string_view untrusted_argument,
                             std::string_view untrusted_payload);
};

} // namespace qmgmt
