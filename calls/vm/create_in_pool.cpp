// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.CreateInPool.<class>: as mgmt.vm.Create, with the pools chosen by the caller: one for all
// writable volumes of its own, or one by volume. A volume that is made from its template's shares
// the pool of that; choosing one for it is an error.
//   destination: dom0   argument: the template, where the class has one; empty: the default
//   input: `name=<name> label=<label> pool=<pool>` or, once a volume, `pool:<volume>=<pool>`
//   reply: empty

#include "base/error.hpp"
#include "call/call.hpp"
#include "names/create_request.hpp"
#include "qube/create.hpp"

#include <array>

using namespace qmgmt;

static constexpr std::array<std::string_view, 4> classes = {"AppVM", "DispVM", "StandaloneVM",
                                                            "TemplateVM"};

static constexpr CallSpec spec{
    .name = "mgmt.vm.CreateInPool",
    .summary = "Create a qube in a pool of choice",
    .destination = Destination::dom0,
    .argument = Argument::optional,
    .argument_is = "template",
    .input = Input::required,
    .input_is = "name=<name> label=<label> pool=<pool>",
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_store | needs_storage,
    .variants = classes,
};

static Reply create(Call& call)
{
    const unsigned klass = class_bit(call.variant());
    const bool based = klass == class_app || klass == class_disp;
    if (!based && !call.argument().empty())
        throw Error{failure::protocol, "unexpected argument: this class has no template"};
    const auto wanted = CreateRequest::parse(call.payload(), CreateRequest::Pools::allowed);
    return create_qube(call, wanted, klass, call.argument());
}

int main(int argc, char** argv)
{
    return run(spec, create, argc, argv);
}
