// SPDX-License-Identifier: GPL-2.0-or-later
//
// A session libvirt below a scratch directory of its own, for tests of the interface Hypervisor.
// Root cannot use a session daemon: what a test does runs in a child of an unprivileged user, which
// also shows the exit code of a watchdog that bites.
#pragma once

#include "hypervisor/hypervisor.hpp"
#include "lib/hypervisor/plan.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>

namespace qmgmt::test {

class SessionDaemon {
public:
    // `disk` is what the domain boots from; without it the firmware finds nothing to boot.
    explicit SessionDaemon(const std::string& disk = std::string(std::size_t{1} << 20, '\0'));
    SessionDaemon(const SessionDaemon&) = delete;
    ~SessionDaemon(); // stops what was started, by its pid

    // The exit code of a child that does `body` as a user of the session: 0, or the kind of an
    // Error that left it, or 128 and the number of the signal that ended it.
    [[nodiscard]] int exit_of(const std::function<void()>& body) const;

    // Whose number stands in a file below the runtime directory; -1 when nobody's does.
    [[nodiscard]] pid_t pid(const std::string& file = "libvirt/libvirtd.pid") const;

    // The domain `work` of small_plan, with that disk and a serial line.
    [[nodiscard]] std::string definition() const;
    // The file that takes the serial line.
    [[nodiscard]] std::string console() const { return path_ + "/console.log"; }
    // Whether the guest says so within a minute.
    [[nodiscard]] bool guest_is_up() const;

    // A disk that stands beside, to be attached.
    [[nodiscard]] std::string more() const;

private:
    void stop(const std::string& file) const;

    std::string path_ = "/tmp/qm.XXXXXX";
};

// In a child: ends it with a code that says which step was not as expected, 100 and the step.
void expect(bool as_expected, int step);

// Whether it is seen within a minute.
[[nodiscard]] bool in_time(const std::function<bool()>& seen);

[[nodiscard]] std::unique_ptr<Hypervisor>
connect_session(std::chrono::seconds read = std::chrono::seconds{10});

// Before a child drops to a user who may not reach the build folder, its parent loads the object.
void load_object();

} // namespace qmgmt::test
