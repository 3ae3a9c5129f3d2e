// SPDX-License-Identifier: GPL-2.0-or-later
//
// The frame of a program that is no call: qubes-mgmt-init, qubes-mgmt-check ... Same options, same errors, same exit codes
// and log record; only for people and units of dom0, never started by qrexec.
#pragma once

#include "rpc/reply.hpp"
#include "rpc/request.hpp"

#include <functional>
#include <string_view>

namespace qmgmt::rpc {

struct ToolSpec {
    std::string_view name;
    std::string_view summary;
    std::string_view returns = {};
    Argument argument = Argument::none;
    std::string_view argument_is = {};
};

int run_tool(const ToolSpec& spec, const std::function<Reply(Request&)>& body, int argc,
             char** argv);

} // namespace qmgmt::rpc
