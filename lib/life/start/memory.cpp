// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/start/memory.hpp"

#include "base/config.hpp"
#include "base/error.hpp"
#include "life/property/live.hpp"
#include "names/number.hpp"

#include <algorithm>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::chrono::seconds balancing_patience{60}; // others have to give some back first

void check_memory(Call& call, const DomainPlan& plan)
{
    SystemValues live{call};
    if (plan.memory_mib > live.host_memory_mib())
        throw not_enough_memory(plan.name, "more than the machine has");
    if (call.hypervisor().kind() != Hypervisor::Kind::qemu)
        return;
    // Each takes some 45 MB of the host, however small the guest.
    const auto most = config().integer("qemu-max-running", 200, 1, 10'000);
    const auto domains = call.hypervisor().list();
    const auto active = std::ranges::count_if(
        domains, [](const auto& domain) { return domain.state != PowerState::halted; });
    if (active >= most)
        throw not_enough_memory(plan.name, "qemu-max-running");
}

// Of the domain that the device model of an hvm runs in, and of the screen it emulates.
std::uint64_t stub_domain_mib(Effective& effective, const Qube& qube)
{
    constexpr std::uint64_t of_linux = 128;
    constexpr std::uint64_t of_the_old_one = 28;
    constexpr std::uint64_t of_the_screen = 16;
    const auto chosen = parse_decimal(effective.text(qube, "stubdom_mem"));
    const bool linux =
        !effective.feature_with_template(qube, "linux-stubdom").value_or("1").empty();
    return chosen.value_or(linux ? of_linux : of_the_old_one) + of_the_screen;
}

} // namespace

MemoryNeed memory_need(Effective& effective, const Qube& qube, const DomainPlan& plan)
{
    return {.memory = plan.memory_mib,
            .maxmem = plan.maxmem_mib,
            .vcpus = plan.vcpus,
            .stub_domain = plan.virt_mode == "hvm" ? stub_domain_mib(effective, qube) : 0,
            .has_tables = plan.virt_mode != "pv"};
}

std::optional<MemoryReservation> reserve_memory(Call& call, const Qube& qube,
                                                const DomainPlan& plan)
{
    check_memory(call, plan);
    SystemValues live{call};
    Effective effective{call.store(), live};
    return MemoryReservation::make(qube.name(), bytes_of(memory_need(effective, qube, plan)),
                                   call.hypervisor().kind() == Hypervisor::Kind::xen,
                                   call.deadline(balancing_patience));
}

bool takes_more_memory(Effective& effective, const Qube& qube, const DomainPlan& plan)
{
    const auto has = [&](std::string_view feature) {
        return effective.feature_with_template(qube, feature);
    };
    if (const auto chosen = has("memory-hotplug"))
        return !chosen->empty();
    if (plan.virt_mode == "hvm")
        return false;
    if (!plan.kernel)
        return !has("supported-feature.memory-hotplug").value_or("").empty();
    const std::string& kernel = plan.kernel->kernel;
    const std::string mark = kernel.substr(0, kernel.rfind('/')) + "/memory-hotplug-supported";
    return ::access(mark.c_str(), F_OK) == 0;
}

} // namespace qmgmt
