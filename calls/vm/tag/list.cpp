// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.tag.List: the tags of a qube.
//   destination: the qube   argument: none, or a tag for that line alone   input: none   reply: a
//   tag a line

#include "base/ascii.hpp"
#include "call/call.hpp"
#include "names/names.hpp"

#include <optional>
#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.tag.List",
    .summary = "List the tags of a qube",
    .argument = Argument::optional,
    .argument_is = "tag",
    .returns = "<tag>\n",
    .admin_argument = Argument::none,
};

static Reply list(Call& call)
{
    std::optional<Tag> only;
    if (!call.argument().empty())
        only = Tag::parse(call.argument());
    std::string names;
    for (const std::string& tag : call.destination().tags()) {
        if ((!only || only->text() == tag) && is_printable_word(tag))
            names += tag + "\n";
    }
    return Reply{names};
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}
