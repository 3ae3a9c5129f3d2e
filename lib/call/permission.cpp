// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/permission.hpp"

#include "base/error.hpp"
#include "call/call_constraints.hpp"

#include <algorithm>
#include <array>

namespace qmgmt {
namespace {

// Features in which upstream keeps state of its own: nobody sets them through the API, not even
// dom0.
constexpr std::array<std::string_view, 4> reserved_features = {
    "deferred-netvm-original", "preload-dispvm", "preload-dispvm-completed",
    "preload-dispvm-in-progress"};

// Tags that say who made a qube, or follow a property: they grant rights, so only dom0 changes
// them.
constexpr std::array<std::string_view, 4> protected_tags = {"created-by-", "guivm-", "audiovm-",
                                                            "relayvm-"};

[[noreturn]] void deny()
{
    throw Error{failure::denied, "not permitted for this caller"};
}

} // namespace

void check_permission(Call& call)
{
    call.permitted_ = true;
    if (!call.from_dom0() && !call.store().index().find(call.source()))
        throw Error{failure::vm_not_found, "no qube named '" + call.source() + "'"};
    const std::string_view name = call.spec().name;
    const std::string_view argument = call.argument();
    if ((name == "mgmt.vm.feature.Set" || name == "mgmt.vm.feature.Remove") &&
        std::ranges::find(reserved_features, argument) != reserved_features.end())
        deny();
    if ((name == "mgmt.vm.tag.Set" || name == "mgmt.vm.tag.Remove") && !call.from_dom0() &&
        std::ranges::any_of(protected_tags,
                            [&](std::string_view prefix) { return argument.starts_with(prefix); }))
        deny();
    call.constraints_->check(call.store());
}

void deny_if_constrained(Call& call)
{
    if (call.permitted_)
        return;
    try {
        call.constraints_->check(call.store());
    } catch (const Error& error) {
        if (error.kind() == Failure::denied)
            throw;
        return; // the call has failed for a reason of its own
    }
}

} // namespace qmgmt
