// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.label.Get: its colour, `0xRRGGBB`.
//   destination: dom0   argument: the label   input: none   reply: its colour, `0xRRGGBB`

#include "call/call.hpp"
#include "call/label.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.label.Get",
    .summary = "Get the colour of a label",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "label",
    .returns = "value",
    .scope = Scope::global,
};

static Reply get(Call& call)
{
    const StoredLabel& label = find_label(call.store(), call.argument());
    return Reply{label.colour};
}

int main(int argc, char** argv)
{
    return run(spec, get, argc, argv);
}
