// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.pool.Set.revisions_to_keep: how many older states volumes keep that are made in the pool
// from now on; -1: none, and they run without snapshots. The same again changes nothing.
//   destination: dom0   argument: the pool   input: a number from -1   reply: empty

#include "base/error.hpp"
#include "call/pool.hpp"
#include "names/number.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.pool.Set.revisions_to_keep",
    .summary = "Set how many revisions new volumes of a pool keep",
    .destination = Destination::dom0,
    .argument = Argument::required,
    .argument_is = "pool",
    .input = Input::required,
    .input_is = "number",
    .effect = Effect::write,
    .scope = Scope::global,
};

static Reply set(Call& call)
{
    std::string value = call.payload();
    if (value.ends_with('\n'))
        value.pop_back();
    if (!parse_decimal(value.starts_with('-') ? value.substr(1) : value))
        throw Error{failure::protocol, "malformed request: the value is not a number"};
    return set_pool_option(call, "revisions_to_keep", value, "0");
}

int main(int argc, char** argv)
{
    return run(spec, set, argc, argv);
}
