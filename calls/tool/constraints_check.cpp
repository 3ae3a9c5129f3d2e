// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-constraints-check: read the constraints and name every fault with its file and line.
// With --explain CALL ARGUMENT SOURCE DESTINATION VALUE: which line decides that request, which is
// not made. Succeeds when there is no fault, or the request is not refused.

#include "base/ascii.hpp"
#include "base/error.hpp"
#include "call/call.hpp"
#include "call/call_constraints.hpp"
#include "names/names.hpp"
#include "policy/stored_party.hpp"
#include "qube/constrained_call.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "qubes-mgmt-constraints-check",
    .summary = "Check the constraints, or say which of them decides a request",
    .destination = Destination::none,
    .returns = "<file>:<line>: <text>\n",
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor | needs_kernels | needs_policy,
    .admin = false,
    .flag = "explain",
    .flag_is = "say which line decides a request, instead",
    .words = "call argument source destination value",
};

static void require_qube(Call& call, const std::string& word, const char* which)
{
    if (!QubeName::fault(word).empty())
        throw Error{failure::protocol, std::string{"the "} + which + " is to be one qube, or dom0"};
    if (party_of(call.store().index(), word).kind == PartyKind::none)
        throw Error{failure::vm_not_found, std::string{"no such qube: the "} + which};
}

static Reply explain(Call& call)
{
    const auto& words = call.request().words;
    Request request;
    request.program = words[0];
    request.argument = words[1];
    request.source = words[2];
    request.destination = words[3];
    request.payload = words[4];
    require_qube(call, request.source, "source");
    require_qube(call, request.destination, "destination");
    const std::string name = mgmt_name(request.program);
    const CallSpec about{.name = name, .effect = Effect::read, .needs = spec.needs};
    Call asked{about, request};
    CallConstraints constraints{asked};
    constraints.describe(constrained_call(asked));
    const auto judgement = constraints.judge(asked.store());
    std::string row;
    if (judgement.line != nullptr)
        row = constraints.all().where(*judgement.line) + ": " +
              printable(judgement.line->text, 400) + "\n";
    else if (judgement.refusal.empty())
        call.warn("no line is about it");
    if (judgement.refusal.empty())
        return Reply{row};
    return {row, Failure::denied, printable(judgement.refusal, 400)};
}

static Reply check(Call& call)
{
    if (call.request().flag)
        return explain(call);
    const Constraints all = Constraints::parse(host_constraint_texts());
    std::string rows;
    for (const PolicyFault& fault : all.faults())
        rows += printable(fault.where(), 400) + "\n";
    if (rows.empty())
        return {};
    return {rows, Failure::bad_value,
            std::to_string(all.faults().size()) + " faults found: no qube may change anything"};
}

int main(int argc, char** argv)
{
    return run(spec, check, argc, argv);
}
