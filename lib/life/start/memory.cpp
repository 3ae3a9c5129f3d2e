// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/start/memory.hpp"

#include "base/config.hpp"
#include "base/error.hpp"
#include "life/property/live.hpp"

#include <algorithm>

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
std::uint64_t stub_domain_mib(const DeviceModelPlan& model)
{
    constexpr std::uint64_t of_linux = 128;
    constexpr std::uint64_t of_the_old_one = 28;
    constexpr std::uint64_t of_the_screen = 16;
    const std::uint64_t usual = model.linux ? of_linux : of_the_old_one;
    return (model.memory_mib != 0 ? model.memory_mib : usual) + of_the_screen;
}

} // namespace

MemoryNeed memory_need(const DomainPlan& plan)
{
    return {.memory = plan.memory_mib,
            .maxmem = memory_limit(plan),
            .vcpus = plan.vcpus,
            .stub_domain = plan.virt_mode == "hvm" ? stub_domain_mib(plan.xen.device_model) : 0,
            .has_tables = plan.virt_mode != "pv"};
}

std::uint64_t memory_limit(const DomainPlan& plan)
{
    return plan.virt_mode == "hvm" && !plan.xen.pci.empty() ? 0 : plan.maxmem_mib;
}

std::optional<MemoryReservation> reserve_memory(Call& call, const DomainPlan& plan)
{
    check_memory(call, plan);
    return MemoryReservation::make(plan.name, bytes_of(memory_need(plan)),
                                   call.hypervisor().kind() == Hypervisor::Kind::xen,
                                   call.deadline(balancing_patience));
}

} // namespace qmgmt
