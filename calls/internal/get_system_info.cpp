// SPDX-License-Identifier: GPL-2.0-or-later
//
// internal.GetSystemInfo: what qrexec's policy asks of all qubes. For programs of dom0, through
// qubes-mgmt-dispatch; no service.
//   destination: dom0   argument: none   input: none
//   reply: {"domains": {NAME: {"tags": [...], "type": CLASS, ...}}}, dom0 first, then by name

#include "life/system_info.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "internal.GetSystemInfo",
    .summary = "Say what qrexec's policy asks of all qubes",
    .destination = Destination::dom0,
    .returns = "<json>",
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor,
    .admin = false,
};

int main(int argc, char** argv)
{
    return run(spec, system_info, argc, argv);
}
