// SPDX-License-Identifier: GPL-2.0-or-later
//
// What libvirt says of a domain and what vm.List makes of it, for the answers that a real one gives
// only at bad moments.

#include "calls/world.hpp"
#include "support/catch.hpp"
#include "support/fake_hypervisor.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::string_view work_uuid = "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04";

struct FakeWorld : World {
    FakeHypervisor hypervisor{root};

    // The domain of work, by libvirt's numbers.
    void says(int state, int reason, int id) const { hypervisor.set(work_uuid, state, reason, id); }

    void shows(std::string_view state) const
    {
        gives({"work", "vm.List"}, "work class=AppVM state=" + std::string{state} + "\n");
    }
};

} // namespace

TEST_CASE("store.md 13: vm.List of a domain that is shut off and yet active")
{
    const FakeWorld world;
    world.says(5, 0, 7);
    world.shows("Dying");
    world.says(5, 0, -1);
    world.shows("Halted");
}

TEST_CASE("hypervisor.md 50: vm.List of every state that libvirt knows")
{
    const FakeWorld world;
    world.shows("Halted");
    world.says(3, 1, 7);
    world.shows("Paused");
    world.says(4, 0, 7);
    world.shows("Halting");
    world.says(6, 0, 7);
    world.shows("Crashed");
    world.says(7, 0, 7);
    world.shows("Suspended");
    for (const int running : {0, 1, 2}) {
        world.says(running, 0, 7);
        world.shows("Transient");
    }
    world.root.write("/run/qubes/qrexec.work", "");
    for (const int running : {0, 1, 2}) {
        world.says(running, 0, 7);
        world.shows("Running");
    }
}

TEST_CASE("vm.List: when the question itself fails nobody knows, but dom0 runs")
{
    const FakeWorld world;
    world.hypervisor.trouble("fail list 0 1/12/0 before");
    world.shows("NA");
    world.gives({"dom0", "vm.List"}, "dom0 class=AdminVM state=Running\n"
                                     "fedora-25 class=TemplateVM state=NA\n"
                                     "fedora-25-dvm class=AppVM state=NA\n"
                                     "mgr class=AppVM state=NA\n"
                                     "sys-firewall class=AppVM state=NA\n"
                                     "sys-net class=AppVM state=NA\n"
                                     "work class=AppVM state=NA\n");
}
