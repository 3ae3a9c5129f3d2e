// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.device.denied.Remove: kinds of devices that a qube may get again. Those that are not
// denied change nothing.
//   destination: the qube   argument: none   input: patterns of seven characters, run together, or
//   `all`   reply: empty

#include "life/device/denied.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.device.denied.Remove",
    .summary = "Stop denying a qube kinds of devices",
    .input = Input::required,
    .input_is = "<pattern>",
    .effect = Effect::write,
};

int main(int argc, char** argv)
{
    return run(spec, remove_denied, argc, argv);
}
