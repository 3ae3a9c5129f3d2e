// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/property/memory_limit.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/start/memory_keys.hpp"
#include "names/number.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

void log_ignored(std::string_view what, const std::string& qube, const Error& error)
{
    log_warning("cannot " + std::string{what} + " '" + qube + "': " + error.text() + " (" +
                error.detail() + "), ignoring");
}

// As Start has it: a default is never below what the qube begins with.
std::uint64_t limit_mib(Effective& effective, const Qube& qube)
{
    const auto number = [&](std::string_view property) {
        return std::max<std::int64_t>(parse_integer(effective.text(qube, property)).value_or(0), 0);
    };
    const std::int64_t limit = number("maxmem");
    return static_cast<std::uint64_t>(qube.property("maxmem") ? limit
                                                              : std::max(limit, number("memory")));
}

} // namespace

std::optional<int> plugged_domain(Call& call, const Qube& qube)
{
    // Features and kernel may have changed since it was started; its domain has not.
    try {
        if (!call.has_hypervisor() || call.hypervisor().kind() != Hypervisor::Kind::xen)
            return std::nullopt;
        const int id = domain_status(call, qube).id;
        if (id >= 0 && has_memory_limit(*open_xenstore(), id))
            return id;
    } catch (const Error& error) {
        log_ignored("find out whether memory is plugged into", qube.name(), error);
    }
    return std::nullopt;
}

void follow_with_memory_limit(Call& call, const std::string& qube, int domain)
{
    try {
        call.refresh();
        const Qube* now = call.store().find_any(qube);
        SystemValues live{call};
        Effective effective{call.store(), live};
        const std::uint64_t limit = now == nullptr ? 0 : limit_mib(effective, *now);
        if (limit != 0)
            change_memory_limit(*open_xenstore(), domain, limit);
    } catch (const Error& error) {
        log_ignored("change the memory limit of", qube, error);
    }
}

} // namespace qmgmt
