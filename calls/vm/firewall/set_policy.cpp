// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.firewall.SetPolicy: ask for what mgmt.vm.firewall.GetPolicy says. There is no other.
//   destination: a qube   argument: none   input: `drop`   reply: empty

#include "base/error.hpp"
#include "call/firewall.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.firewall.SetPolicy",
    .summary = "Have traffic that no firewall rule matches dropped",
    .destination = Destination::not_dom0,
    .input = Input::required,
    .input_is = "policy",
    .effect = Effect::write,
    .admin = false,
};

static Reply set(Call& call)
{
    if (call.payload() != "drop" && call.payload() != "drop\n")
        throw Error{failure::bad_value, "the only policy is 'drop'"};
    Edit edit = call.edit();
    static_cast<void>(firewall_of(edit.destination())); // of rules that can be read
    return edit.commit();
}

int main(int argc, char** argv)
{
    return run(spec, set, argc, argv);
}
