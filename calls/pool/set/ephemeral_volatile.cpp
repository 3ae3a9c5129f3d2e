// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.pool.Set.ephemeral_volatile: whether volatile volumes in the pool are encrypted with a key
// that nobody keeps, unless they say otherwise. The same again changes nothing.
//   destination: dom0   argument: the pool   input: True or False   reply: empty

#include "base/error.hpp"
#include "call/pool.hpp"
#include "names/number.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.pool.Set.ephemeral_volatile",
    .summary = "Set whether volatile volumes of a pool are ephemeral",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "pool",
    .input = Input::required,
    .input_is = "True or False",
    .effect = Effect::write,
    .scope = Scope::global,
};

static Reply set(Call& call)
{
    std::string text = call.payload();
    if (text.ends_with('\n'))
        text.pop_back();
    const auto truth = parse_boolean(text);
    if (!truth)
        throw Error{failure::protocol, "malformed request: the value is neither True nor False"};
    return set_pool_option(call, "ephemeral_volatile", *truth ? "True" : "False", "False");
}

int main(int argc, char** argv)
{
    return run(spec, set, argc, argv);
}
