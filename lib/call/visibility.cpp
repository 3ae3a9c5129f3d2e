// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/visibility.hpp"

#include "base/config.hpp"
#include "base/log.hpp"
#include "policy/stored_party.hpp"

namespace qmgmt {
namespace {

std::string_view service_of(const Request& request)
{
    return request.admin ? "admin.vm.List" : "mgmt.vm.List";
}

} // namespace

bool sees_everything(const Request& request)
{
    return request.from_dom0() || (!request.admin && !config().yes("list-filter", false));
}

Visibility::Visibility(const Request& request, const Index& index)
    : policy_{Policy::load(HostPolicyFiles{}, service_of(request))},
      qubes_{policy_.narrow(service_of(request), party_of(index, request.source)), ""},
      dom0_too_{request.admin}
{
    if (policy_.fault())
        log_warning("nothing is listed, the policy is wrong: " + policy_.fault()->where());
    for (const PolicyFault& fault : policy_.rules().ignored)
        log_warning("a policy is wrong and denies: " + fault.where());
}

bool Visibility::shows(const PolicyParty& qube) const noexcept
{
    if (qube.kind == PartyKind::admin && !dom0_too_)
        return false;
    return qubes_.decide(qube).action == PolicyAction::allow;
}

} // namespace qmgmt
