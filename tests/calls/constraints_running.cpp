// SPDX-License-Identifier: GPL-2.0-or-later
//
// Constraints that count the qubes that run.

#include "calls/simulated.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <memory>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;

namespace {

void constrain(const Host& host, const std::string& lines)
{
    host.root.write("/etc/qubes/mgmt-constraints.d/10-test.conf", lines);
}

const Ask start{.dest = "work", .call = "vm.Start", .caller = "mgr"};

} // namespace

TEST_CASE("constraints: max-running counts those that run, with the one that is started")
{
    const Host host{simulated::store_without_network()};
    host.hypervisor.set(net_uuid, 1, 0, 5);
    host.hypervisor.set(firewall_uuid, 3, 0, 6); // paused counts
    constrain(host, "mgmt.vm.Start * mgr * max-running 2\n");
    host.fails(start, failure::denied);
    CHECK(host.hypervisor.orders().empty());
    constrain(host, "mgmt.vm.Start * mgr * max-running 3\n");
    host.gives(start, "");
    host.gives(start, ""); // not counted twice
    host.gives({.dest = "work", .call = "vm.Kill", .caller = "mgr"}, "");
    // Of those that the line is about.
    constrain(host, "mgmt.vm.Start * mgr @tag:created-by-mgr max-running 0\n");
    host.fails(start, failure::denied);
    constrain(host, "mgmt.vm.Start * mgr @tag:created-by-mgr max-running 1\n");
    host.gives(start, "");
}

TEST_CASE("constraints: of those that are started at once no more come to run than may")
{
    const Host host{simulated::store_without_network()};
    host.hypervisor.trouble("delay create 200");
    constrain(host, "mgmt.vm.Start * mgr * max-running 1\n");
    std::vector<std::unique_ptr<Process>> calls;
    for (const char* const name : {"work", "sys-net", "fedora-25-dvm"})
        calls.push_back(std::make_unique<Process>(
            remote_command(host.root, {.dest = name, .call = "vm.Start", .caller = "mgr"})));
    unsigned started = 0;
    for (const auto& call : calls) {
        const Outcome outcome = call->finish();
        CHECK((outcome.status == 0 || outcome.status == static_cast<int>(Failure::denied)));
        started += outcome.status == 0 ? 1 : 0;
    }
    CHECK(started <= 1);
    CHECK(std::ranges::count_if(host.hypervisor.orders(), [](const std::string& order) {
              return order.starts_with("create ");
          }) == started);
}

TEST_CASE("constraints: who runs is not known to a call that does not ask for it")
{
    const Host host{simulated::store_without_network()};
    constrain(host, "mgmt.vm.tag.Set * mgr * max-running 1000\n");
    host.fails({.dest = "work", .call = "vm.tag.Set", .argument = "x", .caller = "mgr"},
               failure::denied);
}

TEST_CASE("constraints: a running qube does not lose its netvm for a value that is refused")
{
    const Host host;
    host.hypervisor.set(net_uuid, 1, 0, 5);
    host.hypervisor.set(firewall_uuid, 1, 0, 6);
    host.hypervisor.set(work_uuid, 1, 0, 7);
    constrain(host, "mgmt.vm.property.Set netvm mgr * value in sys-firewall @default\n");
    host.fails({.dest = "work",
                .call = "vm.property.Set",
                .argument = "netvm",
                .payload = "sys-net",
                .caller = "mgr"},
               failure::denied);
    CHECK(host.hypervisor.orders().empty());
}
