// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-init: make the first store of a machine, and the directories around it. A store that
// is there stays.

#include "call/call.hpp"
#include "call/first_store.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "qubes-mgmt-init",
    .summary = "Make the first store: labels, pools, dom0",
    .destination = Destination::none,
    .effect = Effect::write,
    .scope = Scope::global,
    .admin = false,
    .dry_run = false,
};

static Reply init(Call&)
{
    make_first_store();
    return {};
}

int main(int argc, char** argv)
{
    return run(spec, init, argc, argv);
}
