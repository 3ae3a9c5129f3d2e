// SPDX-License-Identifier: GPL-2.0-or-later
//
// The format of policies of R4.1 and later (protocol.md 4.2), as narrow as a reader of it may be:
// what it takes, every qrexec takes. It shares nothing with lib/policy, which it is held against.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::test {

enum class StrictFormat {
    full, // a file of policy.d
    body, // one of include/, which `!include-service` names
};

struct StrictLine {
    std::string service;  // empty in a body
    std::string argument; // "*", "+" or "+argument"; empty in a body
    std::string source;
    std::string destination;
    std::string action;
    std::string include; // of an instruction the file that it names; then of the rest at most
                         // service and argument are there
};

struct StrictPolicy {
    std::vector<StrictLine> lines;
    std::vector<std::string> faults; // "LINE: what is wrong"
};

// Also at fault: to let calls of the management API into the qube that they are about, which is to
// allow them, or to ask, without target=dom0, unless their destination is dom0.
[[nodiscard]] StrictPolicy read_strictly(std::string_view text, StrictFormat format);

} // namespace qmgmt::test
