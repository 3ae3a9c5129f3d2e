// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.tag.Get: whether a qube has a tag; both answers are success.
//   destination: the qube   argument: the tag   input: none   reply: `1` or `0`

#include "call/call.hpp"
#include "names/names.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.tag.Get",
    .summary = "Tell whether a qube has a tag",
    .argument = Argument::required,
    .argument_is = "tag",
    .returns = "0 or 1",
};

static Reply get(Call& call)
{
    const auto tag = Tag::parse(call.argument());
    return Reply{call.destination().has_tag(tag.text()) ? "1" : "0"};
}

int main(int argc, char** argv)
{
    return run(spec, get, argc, argv);
}
