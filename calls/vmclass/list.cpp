// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vmclass.List: the classes of qubes there are.
//   destination: dom0   argument: none   input: none   reply: a class a line

#include "call/call.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vmclass.List",
    .summary = "List the classes of qubes",
    .destination = Destination::dom0,
    .returns = "<class>\n",
    .scope = Scope::global,
};

static Reply list(Call& call)
{
    std::string classes = "AdminVM\nAppVM\nDispVM\n";
    if (call.store().dialect() == Dialect::current)
        classes += "RemoteVM\n"; // an older generation could not load a store with one
    return Reply{classes + "StandaloneVM\nTemplateVM\n"};
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}
