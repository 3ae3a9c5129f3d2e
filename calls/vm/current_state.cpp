// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.CurrentState: the power state of a qube and what it uses.
//   destination: the qube   argument: none   input: none
//   reply: mem=<KiB> mem_static_max=<KiB> cputime=<ns> power_state=<state>

#include "base/error.hpp"
#include "base/log.hpp"
#include "call/call.hpp"
#include "life/power_state.hpp"

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.CurrentState",
    .summary = "Get the power state of a qube and what it uses",
    .returns = "mem=<KiB> mem_static_max=<KiB> cputime=<ns> power_state=<state>",
    .needs = needs_store | needs_hypervisor,
};

static Reply row(PowerState state, const DomainUsage& usage)
{
    return Reply{"mem=" + std::to_string(usage.memory_kib) +
                 " mem_static_max=" + std::to_string(usage.maximum_kib) + " cputime=" +
                 std::to_string(usage.cpu_time_ns) + " power_state=" + std::string{name(state)}};
}

static Reply current_state(Call& call)
{
    const Qube& qube = call.destination();
    if (qube.class_bit() == class_admin || qube.class_bit() == class_remote)
        return row(PowerState::running, {});
    call.answer_when_hung(row(PowerState::na, {}));
    try {
        const PowerState state = power_state(call, qube);
        return row(state, state == PowerState::halted || !call.has_hypervisor()
                              ? DomainUsage{}
                              : call.hypervisor().usage(uuid_of(qube)));
    } catch (const Error& error) {
        log_warning("cannot ask the hypervisor about '" + qube.name() + "': " + error.text() +
                    " (" + error.detail() + "), ignoring");
        return row(PowerState::na, {});
    }
}

int main(int argc, char** argv)
{
    return run(spec, current_state, argc, argv);
}
