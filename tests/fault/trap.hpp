// SPDX-License-Identifier: GPL-2.0-or-later
//
// Stands between the calls and the session daemon of libvirt, on its socket, and passes everything
// on, until a client asks for the procedure it waits for: then the daemon is stopped or killed
// first, or never hears of it. So a hypervisor hangs or dies exactly there.
#pragma once

#include "support/scratch.hpp"

#include <sys/types.h>

namespace qmgmt::test {

// Numbers of libvirt's wire protocol, which never change.
enum class Procedure : unsigned {
    close = 2,
    define = 11,
    lookup = 24,
    resume = 28,
    create = 196,
    get_state = 212,
    destroy = 234,
    list = 344,
};

enum class Action {
    stop,    // SIGSTOP: it hangs
    swallow, // it lives, but never hears of this or of anything later
    kill,    // SIGKILL; the next client starts another daemon
};

class Trap {
public:
    // The daemon runs. The trap springs once.
    Trap(const ScratchRoot& root, Procedure procedure, Action action);
    Trap(const Trap&) = delete;
    // The socket is the daemon's again.
    ~Trap();

    [[nodiscard]] bool sprung() const;

private:
    const ScratchRoot& root_;
    Action action_;
    pid_t pid_ = -1;
};

} // namespace qmgmt::test
