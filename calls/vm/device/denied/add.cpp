// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.device.denied.Add: more kinds of devices that a qube must never get. Those that are
// denied already stay so.
//   destination: the qube   argument: none   input: patterns of seven characters, run together
//   reply: empty

#include "life/device/denied.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.device.denied.Add",
    .summary = "Deny a qube more kinds of devices",
    .input = Input::required,
    .input_is = "<pattern>",
    .effect = Effect::write,
};

int main(int argc, char** argv)
{
    return run(spec, add_denied, argc, argv);
}
