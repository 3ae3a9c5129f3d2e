// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/destroy.hpp"

#include "base/error.hpp"
#include "base/wait.hpp"
#include "life/power_state.hpp"

namespace qmgmt {
namespace {

constexpr std::chrono::seconds dying_patience{10};
constexpr std::chrono::milliseconds poll{100};

} // namespace

void destroy_domain(Call& call, const Qube& qube)
{
    const auto state = [&] { return domain_status(call, qube).state; };
    if (state() == PowerState::halted)
        return;
    try {
        call.hypervisor().destroy(uuid_of(qube));
    } catch (const Error&) {
        const PowerState now = state();
        if (now != PowerState::halted && now != PowerState::dying)
            throw; // going meanwhile is what was asked for
    }
    const Deadline deadline = call.deadline(dying_patience);
    while (state() != PowerState::halted) {
        if (deadline.passed())
            throw Error{failure::timeout, "qube '" + qube.name() + "' does not go away"};
        wait(poll);
    }
}

} // namespace qmgmt
