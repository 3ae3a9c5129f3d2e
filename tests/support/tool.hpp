// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the plain programs of a Debian make of our bytes, and we of theirs: gzip, zstd, scrypt.
#pragma once

#include <string>

namespace qmgmt::test {

struct ToolResult {
    std::string out;
    int status = -1;
};

// /bin/sh runs `script` in a new empty directory, which goes afterwards, where `input` stands as
// the file "in"; what it writes into the file "out" comes back.
[[nodiscard]] ToolResult run_tool(const std::string& script, const std::string& input);

} // namespace qmgmt::test
