// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.label.Create: make a label of a colour. A name that is taken is an error.
//   destination: dom0   argument: its name   input: its colour, `0xRRGGBB`   reply: empty

#include "base/error.hpp"
#include "call/edit.hpp"
#include "call/label.hpp"
#include "names/names.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.label.Create",
    .summary = "Create a label",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "label",
    .input = Input::required,
    .input_is = "0xRRGGBB",
    .effect = Effect::write,
    .scope = Scope::global,
};

static Reply create(Call& call)
{
    const auto name = LabelName::parse_new(call.argument());
    const auto colour = parse_label_colour(call.payload());
    auto edit = call.edit();
    if (edit.store().label_named(name.text()) != nullptr)
        throw Error{failure::label_in_use, "a label of that name exists"};
    edit.add_label(free_label_index(edit.store()), name.text(), colour);
    return edit.commit();
}

int main(int argc, char** argv)
{
    return run(spec, create, argc, argv);
}
