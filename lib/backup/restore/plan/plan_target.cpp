// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/plan/plan_target.hpp"

#include "base/error.hpp"
#include "names/number.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

bool is_true(std::string_view text)
{
    return parse_boolean(text).value_or(false);
}

RestoreTarget target_of(const PlannedQube& planned)
{
    const auto flag = [&](std::string_view name) {
        const auto found = planned.belongings.properties.find(name);
        return found != planned.belongings.properties.end() && is_true(found->second);
    };
    return {planned.name, planned.klass, flag("provides_network"), flag("template_for_dispvms"),
            planned.fate == PlannedQube::Fate::fail};
}

} // namespace

std::optional<RestoreTarget> RestoreTargets::find(std::string_view name) const
{
    const auto planned = std::ranges::find_if(planned_, [&](const PlannedQube& one) {
        return one.from->name == name && one.fate != PlannedQube::Fate::skip;
    });
    if (planned != planned_.end())
        return target_of(*planned);
    try {
        const Qube* qube = store_.find(name);
        if (qube == nullptr)
            return std::nullopt;
        const auto flag = [&](std::string_view property) {
            return is_true(qube->property(property).value_or(""));
        };
        return RestoreTarget{qube->name(), qube->class_bit(), flag("provides_network"),
                             flag("template_for_dispvms"), false};
    } catch (const Error&) {
        return std::nullopt; // one that cannot be used is no help
    }
}

} // namespace qmgmt
