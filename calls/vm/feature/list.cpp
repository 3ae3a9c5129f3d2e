// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.feature.List: the features a qube has itself, in the order they were given.
//   destination: the qube   argument: none   input: none   reply: a name a line

#include "base/ascii.hpp"
#include "call/call.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.feature.List",
    .summary = "List the features of a qube",
    .returns = "<feature>\n",
};

static Reply list(Call& call)
{
    std::string names;
    for (const Feature& feature : call.destination().features()) {
        if (is_printable_word(feature.name)) // an older release may have written anything
            names += feature.name + "\n";
    }
    return Reply{names};
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}
