// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.feature.Remove: take a feature from a qube. One that is not there is an error.
//   destination: the qube   argument: the feature   input: none   reply: empty

#include "life/property/feature.hpp"
#include "names/names.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.feature.Remove",
    .summary = "Remove a feature from a qube",
    .argument = Argument::required,
    .argument_is = "feature",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor,
    .needs_of = needs_to_change_feature,
};

static Reply remove(Call& call)
{
    const auto name = FeatureName::parse(call.argument());
    return remove_feature(call, name);
}

int main(int argc, char** argv)
{
    return run(spec, remove, argc, argv);
}
