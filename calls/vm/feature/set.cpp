// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.feature.Set: give a qube a feature, or a new value of one. The same value again changes
// nothing.
//   destination: the qube   argument: the feature   input: the value; empty is a value   reply:
//   empty

#include "life/property/feature.hpp"
#include "names/names.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.feature.Set",
    .summary = "Set a feature of a qube",
    .argument = Argument::required,
    .argument_is = "feature",
    .input = Input::optional,
    .input_is = "value",
    .effect = Effect::write,
    .needs = needs_store | needs_hypervisor,
    .needs_of = needs_to_change_feature,
};

static Reply set(Call& call)
{
    const auto name = FeatureName::parse(call.argument());
    const auto value = parse_feature_value(call.payload());
    return set_feature(call, name, value);
}

int main(int argc, char** argv)
{
    return run(spec, set, argc, argv);
}
