// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.feature.CheckWithNetvm: a feature of the qube, else of its netvm, and so on
// upwards.
//   destination: the qube   argument: the feature   input: none   reply: the value

#include "base/error.hpp"
#include "call/call.hpp"
#include "life/property/live.hpp"
#include "names/names.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.feature.CheckWithNetvm",
    .summary = "Get a feature of a qube or of its netvm",
    .argument = Argument::required,
    .argument_is = "feature",
    .returns = "value",
};

static Reply check(Call& call)
{
    const auto name = FeatureName::parse(call.argument());
    const Qube& qube = call.destination();
    SystemValues live{call};
    const auto value = Effective{call.store(), live}.feature_with_netvm(qube, name.text());
    if (!value)
        throw Error{failure::feature_not_found, "feature '" + name.text() +
                                                    "' is set neither on '" + qube.name() +
                                                    "' nor on its netvm"};
    return Reply{*value};
}

int main(int argc, char** argv)
{
    return run(spec, check, argc, argv);
}
