// SPDX-License-Identifier: GPL-2.0-or-later
//
// The moment between a guest that has powered off and a process that is gone, held for as long as a
// test needs it.

#include "calls/machine.hpp"
#include "support/catch.hpp"

#include <cerrno>
#include <csignal>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

// A process that is traced from now on, so that it stops where it would hear of a SIGTERM: that is
// what libvirt sends to the process of a guest that has powered off.
class HeldAtEnd {
public:
    explicit HeldAtEnd(pid_t pid) : pid_{pid}
    {
        if (::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) != 0)
            throw std::system_error{errno, std::generic_category(), "ptrace"};
    }
    HeldAtEnd(const HeldAtEnd&) = delete;
    ~HeldAtEnd() { release(); }

    // Until the signal has come. False: it had not, by then.
    [[nodiscard]] bool await(Deadline deadline) const
    {
        while (!deadline.passed()) {
            int status = 0;
            if (::waitpid(pid_, &status, __WALL | WNOHANG) != pid_) {
                std::this_thread::sleep_for(std::chrono::milliseconds{1});
                continue;
            }
            if (!WIFSTOPPED(status))
                return false;
            const bool by_signal = status >> 16 == 0;
            if (by_signal && WSTOPSIG(status) == SIGTERM)
                return true;
            ::ptrace(PTRACE_CONT, pid_, nullptr, by_signal ? WSTOPSIG(status) : 0);
        }
        return false;
    }

    // It hears of its signal now.
    void release() const { ::ptrace(PTRACE_DETACH, pid_, nullptr, SIGTERM); }

private:
    pid_t pid_;
};

} // namespace

TEST_CASE("hypervisor.md 50: a guest that is off is Halting until its process is gone")
{
    const Machine machine{store_without_network(), guest_that_powers_off(36)};
    machine.gives({"work", "vm.Start"});
    CHECK(machine.state("work") == "Running");
    const HeldAtEnd process{std::stoi(machine.root.read("/xdg/run/libvirt/qemu/run/work.pid"))};
    REQUIRE(process.await(Deadline::in(std::chrono::seconds{60})));
    machine.await("work", "Halting");

    machine.fails({"work", "vm.Start"}, failure::not_halted);
    machine.fails({"work", "vm.Pause"}, failure::not_running);
    machine.fails({"work", "vm.Unpause"}, failure::not_paused);
    machine.fails({"work", "vm.Remove"}, failure::not_halted);
    machine.gives({"work", "vm.Shutdown"}); // it is on its way
    Process waits{machine.session.command({"work", "vm.Shutdown", "wait"})};
    CHECK(machine.state("work") == "Halting");

    process.release();
    const Outcome outcome = waits.finish();
    CHECK(outcome.status == 0);
    CHECK(outcome.err == "");
    machine.check_tidy("work");
}
