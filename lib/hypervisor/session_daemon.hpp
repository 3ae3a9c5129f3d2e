// SPDX-License-Identifier: GPL-2.0-or-later
//
// The daemon of a libvirt session is started by the first client that asks for it, and inherits
// what that client is confined to; it would hand that on to every machine it runs. So the helper of
// a confined call (base/spawner) starts it: that has all rights.
#pragma once

#include "hypervisor/hypervisor.hpp"

#include <string>
#include <vector>

namespace qmgmt {

// Whether the connection is a session of this user.
[[nodiscard]] bool is_session(const HypervisorConfig& config);

// Where libvirt keeps what belongs to a session.
struct SessionDirectories {
    std::string configuration;
    std::string runtime;

    // Where its daemon listens: the modular one, the monolithic one.
    [[nodiscard]] std::vector<std::string> sockets() const
    {
        return {runtime + "/virtqemud-sock", runtime + "/libvirt-sock"};
    }
};
[[nodiscard]] SessionDirectories session_directories();

// The errand of the helper: connects once, which starts the daemon.
void start_session_daemon(const HypervisorConfig& config);

// Before a connection to a session is opened: sends the helper on its errand when nobody listens.
// A process without a helper is not confined, and libvirt starts the daemon from it.
void want_session_daemon(const HypervisorConfig& config);

} // namespace qmgmt
