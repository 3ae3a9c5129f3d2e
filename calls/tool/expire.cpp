// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-expire: drop the firewall rules whose time is over, and tell the netvms of the qubes
// that run; tell them again where that has failed. What the timer unit runs every minute. Prints a
// line for each failure, and fails if there was one; the rest has been done. A repetition finds
// nothing to do.

#include "life/unattended/expire.hpp"

#include "base/ascii.hpp"
#include "call/call.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "qubes-mgmt-expire",
    .summary = "Drop the firewall rules whose time is over",
    .destination = Destination::none,
    .returns = "<name>: <fault>\n",
    .effect = Effect::write,
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor,
    .admin = false,
};

static Reply expire(Call& call)
{
    const auto failures = expire_firewall_rules(call);
    std::string rows;
    for (const BootFailure& failure : failures)
        rows += printable(failure.qube, 40) + ": " + printable(failure.text, 400) + "\n";
    if (failures.empty())
        return {};
    return {rows, Failure::failed,
            "cannot see to the firewall rules of " + std::to_string(failures.size()) + " qubes"};
}

int main(int argc, char** argv)
{
    return run(spec, expire, argc, argv);
}
