// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.Events: what happens to the host and its qubes, as it happens, until the caller closes.
//   destination: dom0 for everything, or a qube for its own   argument: none   input: none
//   reply: `<subject> <event> <key>=<value> ...` a line, no subject as `-`; first
//   `- connection-established`: what is known from before is to be asked for anew
// Ends with busy (8) when events are lost: whoever does not read, or was not told, begins anew.

#include "call/call.hpp"
#include "life/events/stream.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.Events",
    .summary = "Tell what happens, as it happens",
    .destination = Destination::dom0_or_qube,
    .returns = "<subject> <event> <key>=<value>\n",
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor | needs_events,
};

int main(int argc, char** argv)
{
    return run(spec, stream_events, argc, argv);
}
