// SPDX-License-Identifier: GPL-2.0-or-later
//
// A call that is run as root when its argument says so, and shows what it was run as.

#include "rpc/run.hpp"

#include <cstdlib>
#include <string_view>
#include <unistd.h>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.test.Root",
    .summary = "Show who runs this",
    .destination = Destination::dom0,
    .argument = Argument::optional,
    .argument_is = "what",
    .input = Input::optional,
    .effect = Effect::execute,
    .needs = needs_store | needs_root,
    .needs_of = [](const Request& request) -> unsigned {
        return request.argument == "root" ? needs_store | needs_root : needs_store;
    },
};

static Reply show(Request& request)
{
    std::string text = "uid=" + std::to_string(::geteuid()) + " source=" + request.source +
                       " payload=" + request.payload + " environment:";
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view one{*variable};
        text += " " + std::string{one.substr(0, one.find('='))};
    }
    return Reply{text + "\n"};
}

int main(int argc, char** argv)
{
    return rpc::run(spec, show, argc, argv);
}
