// SPDX-License-Identifier: GPL-2.0-or-later
//
// The dom0 shell, loaded when qrexec did not start the call: its command line and its rendering of
// replies.
#pragma once

#include "rpc/request.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace qmgmt {

// Parses the command line of the local shape. Prints help, version or description and ends the
// process when asked to. Throws Error{protocol} for a command line that makes no sense,
// Error{unsupported} when the shell is not installed.
void read_local(const CallSpec& spec, int argc, char** argv, Request& request);

// The reply for a terminal or as JSON; as it is when it does not have the form the spec promises.
[[nodiscard]] std::string render_local(const CallSpec& spec, const Request& request,
                                       const std::string& reply);

// How far a transfer has come, in one short line, `since` it began. The total is more than 0.
[[nodiscard]] std::string progress_line(std::uint64_t done, std::optional<std::uint64_t> total,
                                        std::chrono::duration<double> since);

} // namespace qmgmt
