// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-check: read the store and name every fault with its line; hold the disks against it
// and name what does not fit. Changes nothing; fails when there is a fault.

#include "call/check.hpp"

#include "base/ascii.hpp"
#include "call/call.hpp"
#include "life/volume/check_volumes.hpp"

#include <algorithm>
#include <iterator>
#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "qubes-mgmt-check",
    .summary = "Check the store and the volumes, and name every fault",
    .destination = Destination::none,
    .returns = "line <line>: <subject>: <fault>\n",
    .scope = Scope::global,
    .needs = needs_store | needs_storage,
    .admin = false,
};

static Reply check(Call& call)
{
    auto findings = check_store();
    // A store with faults says nothing reliable of volumes.
    if (std::ranges::none_of(findings, [](const CheckFinding& one) {
            return one.line != 0 || one.subject == "store";
        }))
        std::ranges::copy(check_volumes(call), std::back_inserter(findings));
    std::string rows;
    for (const CheckFinding& finding : findings)
        rows += "line " + std::to_string(finding.line) + ": " + printable(finding.subject, 80) +
                ": " + printable(finding.text, 400) + "\n";
    if (findings.empty())
        return {};
    return {rows, Failure::store, std::to_string(findings.size()) + " faults found"};
}

int main(int argc, char** argv)
{
    return run(spec, check, argc, argv);
}
