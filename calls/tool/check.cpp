// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-check: read the store and name every fault with its line. Changes nothing; fails when
// there is a fault.

#include "call/check.hpp"

#include "base/ascii.hpp"
#include "call/call.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "qubes-mgmt-check",
    .summary = "Check the store and name every fault with its line",
    .destination = Destination::none,
    .returns = "line <line>: <subject>: <fault>\n",
    .scope = Scope::global,
    .admin = false,
};

static Reply check(Call&)
{
    const auto findings = check_store();
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
