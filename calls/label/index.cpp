// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.label.Index: its index.
//   destination: dom0   argument: the label   input: none   reply: its index

#include "call/call.hpp"
#include "call/label.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.label.Index",
    .summary = "Get the index of a label",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "label",
    .returns = "index",
    .scope = Scope::global,
};

static Reply get(Call& call)
{
    const StoredLabel& label = find_label(call.store(), call.argument());
    return Reply{std::to_string(label.index)};
}

int main(int argc, char** argv)
{
    return run(spec, get, argc, argv);
}
