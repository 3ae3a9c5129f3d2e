// SPDX-License-Identifier: GPL-2.0-or-later
//
// Services that dom0 has a running qube do, through its qrexec agent. Key `qrexec` of mgmt.conf:
// with `off` this host has no qrexec.
#pragma once

#include "base/deadline.hpp"

#include <optional>
#include <string>

namespace qmgmt {

// What became of a service.
struct ServiceEnd {
    int status = 0;         // of the service, or of qrexec itself; 0: it is done
    bool timed_out = false; // it may still be at work
    std::string output;     // untrusted, and capped

    [[nodiscard]] bool done() const { return status == 0 && !timed_out; }
    // The qube does not have the service.
    [[nodiscard]] bool absent() const { return status == 127 && !timed_out; }
    // For the log: "exit status 1: no such disk".
    [[nodiscard]] std::string fault() const;
};

// `qrexec-client`, which hands its own input and output to a service of a qube; empty where qrexec
// is not installed or not wanted.
[[nodiscard]] std::string qrexec_client();

// Whether programs can be run in qubes from here.
[[nodiscard]] bool has_qrexec();

// Runs the service, "qubes.USBAttach" or "qubes.USBDetach+2-1", as root in the qube, or in its
// stub domain ("work-dm"), as dom0's call of it, and waits for its end; `input` is what it reads.
// Nothing where this host has no qrexec. Throws Error{failed} when qrexec cannot be started.
[[nodiscard]] std::optional<ServiceEnd> run_guest_service(const std::string& target,
                                                          const std::string& service,
                                                          const std::string& input,
                                                          Deadline deadline);

} // namespace qmgmt
