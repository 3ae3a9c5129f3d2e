// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.Create.<class>: make a qube, halted, with fresh volumes and the tag created-by-<caller>.
//   destination: dom0   argument: the template, where the class has one; empty: the default
//   input: `name=<name> label=<label>`   reply: empty

#include "qube/create.hpp"

#include "base/error.hpp"
#include "call/call.hpp"
#include "names/create_request.hpp"

#include <array>

using namespace qmgmt;

static constexpr std::array<std::string_view, 4> classes = {"AppVM", "DispVM", "StandaloneVM",
                                                            "TemplateVM"};

static constexpr CallSpec spec{
    .name = "mgmt.vm.Create",
    .summary = "Create a qube",
    .destination = Destination::dom0,
    .argument = Argument::optional,
    .argument_is = "template",
    .input = Input::required,
    .input_is = "name=<name> label=<label>",
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
    const auto wanted = CreateRequest::parse(call.payload(), CreateRequest::Pools::refused);
    return create_qube(call, wanted, klass, call.argument());
}

int main(int argc, char** argv)
{
    return run(spec, create, argc, argv);
}
