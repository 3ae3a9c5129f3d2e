// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a new netvm means for qubes that run (store.md 3.5): their interface leaves the old one
// before the store is written, because a guest may refuse that, and joins the new one afterwards.
// For a paused qube, whose devices nobody can change, it waits until it goes on.
#pragma once

#include "call/edit.hpp"
#include "life/power_state.hpp"
#include "state/named_lock.hpp"

#include <string>
#include <vector>

namespace qmgmt {

class NetvmChange {
public:
    explicit NetvmChange(Call& call) : call_{call} {}

    // This qube changes too, from what the store says now. Takes its lock; nothing when it does not
    // run. To be called in the order of the names.
    void include(const std::string& qube, std::string to);

    // Error{failed} when a guest does not let go; those before it have their network again.
    void disconnect();
    // Within the edit that changes the netvm.
    void defer(Edit& edit) const;
    // The store was not written.
    void take_back() noexcept;
    // It was: the best that can be done, failures are logged.
    void connect() noexcept;

private:
    struct Member {
        std::string qube;
        std::string from;
        std::string to;
        bool paused;
        bool disconnected = false;
        NamedLock lock;
    };

    Call& call_;
    std::vector<Member> members_;
};

// The qube has just gone on; the caller holds its lock. Failures are logged.
void finish_deferred_netvm_change(Call& call, const Qube& qube) noexcept;

// The qube has stopped: its next start knows nothing but the new netvm.
void forget_deferred_netvm_change(Call& call, const Qube& qube);

} // namespace qmgmt
