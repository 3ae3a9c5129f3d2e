// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/policy.hpp"

#include "base/error.hpp"
#include "base/paths.hpp"

namespace qmgmt {

Policy Policy::load(const PolicyFiles& files, std::string_view service)
{
    Policy policy;
    try {
        policy.rules_ = files.list(std::string{paths::policy}) ? read_policy(files, service)
                                                               : read_old_policy(files, service);
    } catch (const PolicyFault& fault) {
        policy.rules_ = {};
        policy.fault_ = fault;
    } catch (const Error& error) {
        policy.rules_ = {};
        policy.fault_ = PolicyFault{error.detail(), 0, error.text()};
    }
    return policy;
}

PolicyView Policy::narrow(std::string_view service, const PolicyParty& source) const
{
    PolicyView view;
    for (const PolicyRule& rule : rules_.rules)
        if ((rule.service.empty() || rule.service == service) && matches(rule.source, source))
            view.rules_.push_back(&rule);
    return view;
}

PolicyDecision PolicyView::decide(std::string_view argument,
                                  const PolicyParty& destination) const noexcept
{
    for (const PolicyRule* rule : rules_)
        if ((rule->any_argument || rule->argument == argument) &&
            matches(rule->destination, destination))
            return {rule->action, rule};
    return {};
}

} // namespace qmgmt
