// SPDX-License-Identifier: GPL-2.0-or-later

#include "confine/resource_limits.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace qmgmt {
namespace {

// Soft and hard alike: what the process could raise again would bind nobody.
void lower(__rlimit_resource_t resource, rlim_t limit)
{
    struct rlimit present {};
    if (::getrlimit(resource, &present) != 0)
        throw_errno(failure::internal, "cannot limit resources", "getrlimit");
    const rlim_t lower = std::min({limit, present.rlim_cur, present.rlim_max});
    const struct rlimit wanted {
        lower, lower
    };
    if (::setrlimit(resource, &wanted) != 0)
        throw_errno(failure::internal, "cannot limit resources", "setrlimit");
}

} // namespace

void limit_resources(const ResourceLimits& limits)
{
    if (limits.memory)
        lower(RLIMIT_AS, *limits.memory);
    lower(RLIMIT_NOFILE, limits.files);
    lower(RLIMIT_CORE, 0);
    if (limits.processor_time)
        lower(RLIMIT_CPU, static_cast<rlim_t>(limits.processor_time->count()));
}

} // namespace qmgmt
