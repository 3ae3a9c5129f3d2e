// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.feature.Get: the value of a feature the qube has itself.
//   destination: the qube   argument: the feature   input: none   reply: the value

#include "base/error.hpp"
#include "call/call.hpp"
#include "names/names.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.feature.Get",
    .summary = "Get a feature of a qube",
    .argument = Argument::required,
    .argument_is = "feature",
    .returns = "value",
};

static Reply get(Call& call)
{
    const auto name = FeatureName::parse(call.argument());
    const Qube& qube = call.destination();
    const auto value = qube.feature(name.text());
    if (!value)
        throw Error{failure::feature_not_found,
                    "feature '" + name.text() + "' is not set on '" + qube.name() + "'"};
    return Reply{*value};
}

int main(int argc, char** argv)
{
    return run(spec, get, argc, argv);
}
