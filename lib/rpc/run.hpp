// SPDX-License-Identifier: GPL-2.0-or-later
//
// The frame around a call: from the first instruction of main to its exit code.
#pragma once

#include "base/failure.hpp"
#include "rpc/reply.hpp"
#include "rpc/request.hpp"
#include "rpc/rights.hpp"
#include "rpc/spec.hpp"

#include <functional>

namespace qmgmt::rpc {

// Adds to what was made from the spec what depends on the machine; the last that happens with all
// rights.
using Prepare = std::function<void(const Request&, Preparation&)>;
// Whether what this machine has makes the request one for root, beyond what the spec declares.
using NeedsRoot = std::function<bool(const Request&)>;

// Checks the request against the spec, gives up what the spec does not declare, runs the body,
// writes the reply when success is certain, or one line on standard error. Returns the exit code
// (base/failure.hpp; 0 in framed mode once a frame is written). Everything the body throws ends
// here.
int run(const CallSpec& spec, const std::function<Reply(Request&)>& body, int argc, char** argv,
        const Prepare& prepare = {}, const NeedsRoot& needs_root_here = {});

// What the call answers, as success, should the hypervisor hang from now on: for readers that can
// say "unknown".
void answer_when_hung(const CallSpec& spec, const Request& request, Reply reply);

// Bytes of a whole reply: plain, or framed as "0\0" CONTENT.
[[nodiscard]] std::string framed_reply(const std::string& content);
// "2\0" TYPE "\0" TRACEBACK "\0" FORMAT "\0": the text as a format without fields, its percent
// signs doubled.
[[nodiscard]] std::string framed_failure(const FailureType& type, const std::string& text);
// "CALL: WORD: TEXT\n": at most 512 bytes, printable ASCII.
[[nodiscard]] std::string failure_line(const std::string& program, Failure kind,
                                       const std::string& text);

} // namespace qmgmt::rpc
