// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.label.Remove: remove a label that no qube has. The eight built-in ones stay.
//   destination: dom0   argument: its name   input: none   reply: empty

#include "base/error.hpp"
#include "call/edit.hpp"
#include "call/label.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.label.Remove",
    .summary = "Remove a label",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "label",
    .effect = Effect::write,
    .scope = Scope::global,
};

static Reply remove(Call& call)
{
    auto edit = call.edit();
    const StoredLabel& label = find_label(edit.store(), call.argument());
    if (label.index <= last_built_in_label)
        throw Error{failure::protocol, "a built-in label cannot be removed"};
    if (label_is_used(edit.store(), label))
        throw Error{failure::label_in_use, "label is in use"};
    edit.remove_label(std::string{label.name});
    return edit.commit();
}

int main(int argc, char** argv)
{
    return run(spec, remove, argc, argv);
}
