// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who runs, as clients of Qubes OS know it: what the hypervisor says, refined by what we know of
// the qube's agent (hypervisor.md d). One round trip for any number of qubes.
#pragma once

#include "call/call.hpp"

#include <map>
#include <optional>

namespace qmgmt {

class PowerStates {
public:
    // Asks the hypervisor about all qubes. When it cannot be asked, every state but dom0's is `na`.
    static PowerStates of_all(Call& call);

    // Nobody was asked: `na` but for dom0.
    static PowerStates unknown(Call& call);

    // `uuid` and `klass` as the index has them.
    [[nodiscard]] PowerState of(std::string_view name, std::string_view klass,
                                std::string_view uuid) const;
    [[nodiscard]] PowerState of(const Qube& qube) const;

private:
    explicit PowerStates(Call& call) : call_{&call} {}

    Call* call_; // never null; a pointer, so that states can be handed around
    bool known_ = true;
    std::map<Uuid, DomainStatus> domains_;
};

// One qube, asked for by itself. Throws what the hypervisor throws: a qube we cannot ask about is
// not halted.
[[nodiscard]] DomainStatus domain_status(Call& call, const Qube& qube);
[[nodiscard]] PowerState power_state(Call& call, const Qube& qube);

// "Is running" of the rules: the hypervisor has it, paused and dying included.
[[nodiscard]] bool is_running(PowerState state);

// The uuid of a qube; throws Error{store} when the store gives it none.
[[nodiscard]] Uuid uuid_of(const Qube& qube);

} // namespace qmgmt
