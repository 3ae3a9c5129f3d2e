// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.tag.Set: put a tag on a qube. Setting a tag it already has changes nothing.
//   destination: the qube   argument: the tag   input: none   reply: empty

#include "call/edit.hpp"
#include "call/tag_limit.hpp"
#include "names/names.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.tag.Set",
    .summary = "Put a tag on a qube",
    .argument = Argument::required,
    .argument_is = "tag",
    .effect = Effect::write,
};

static Reply set_tag(Call& call)
{
    const auto tag = Tag::parse(call.argument());
    auto edit = call.edit();
    check_tag_limit(edit.destination(), tag.text());
    edit.add_tag(call.destination_name(), tag.text());
    return edit.commit();
}

int main(int argc, char** argv)
{
    return run(spec, set_tag, argc, argv);
}
