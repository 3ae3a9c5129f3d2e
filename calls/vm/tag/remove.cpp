// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.tag.Remove: take a tag from a qube. One that is not there is an error.
//   destination: the qube   argument: the tag   input: none   reply: empty

#include "base/error.hpp"
#include "call/edit.hpp"
#include "names/names.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.tag.Remove",
    .summary = "Remove a tag from a qube",
    .argument = Argument::required,
    .argument_is = "tag",
    .effect = Effect::write,
};

static Reply remove_tag(Call& call)
{
    const auto tag = Tag::parse(call.argument());
    auto edit = call.edit();
    if (!edit.remove_tag(call.destination_name(), tag.text()))
        throw Error{failure::tag_not_found,
                    "tag '" + tag.text() + "' is not set on '" + call.destination_name() + "'"};
    return edit.commit();
}

int main(int argc, char** argv)
{
    return run(spec, remove_tag, argc, argv);
}
