// SPDX-License-Identifier: GPL-2.0-or-later
//
// A real guest whose QEMU process is killed.

#include "calls/machine.hpp"
#include "support/catch.hpp"

#include <csignal>

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("hypervisor.md 26: a qube whose QEMU process is killed is Halted, and starts again")
{
    const Machine machine;
    machine.gives({"work", "vm.Start"});
    machine.await("work", "Running");
    const pid_t qemu = std::stoi(machine.root.read("/xdg/run/libvirt/qemu/run/work.pid"));
    REQUIRE(::kill(qemu, SIGKILL) == 0);
    machine.await("work", "Halted");
    machine.gives({"work", "vm.Start"}); // settles first
    CHECK(machine.state("work") == "Running");
    machine.gives({"work", "vm.Kill"});
    machine.check_tidy("work");
}
