// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.device.denied.List: the kinds of devices that a qube must never get, as patterns of seven
// characters.
//   destination: the qube   argument: none   input: none   reply: the patterns, a line end between

#include "life/device/denied.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.device.denied.List",
    .summary = "List the kinds of devices that a qube must never get",
    .returns = "<pattern>",
};

int main(int argc, char** argv)
{
    return run(spec, list_denied, argc, argv);
}
