// SPDX-License-Identifier: GPL-2.0-or-later
//
// What libvirt's errors become for a caller: the exit code says what can be done about it, the text
// why, and nothing of libvirt's own words, which name files of the host, is in it.

#include "calls/simulated.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;

namespace {

using Words = std::vector<std::string>;

const Ask start{"work", "vm.Start"};
const Ask kill_it{"work", "vm.Kill"};

// An error of libvirt, CODE/DOMAIN/ERRNO and words, and what Start makes of it.
struct Row {
    std::string_view operation;
    std::string_view numbers;
    std::string_view words;
    Failure kind;
    std::string_view says;
};

constexpr Row rows[] = {
    {"create", "42/10/0", "Domain not found", Failure::failed, "does not know the domain"},
    {"create", "55/10/0", "domain is already running", Failure::wrong_state,
     "not in the state for it"},
    {"define", "9/10/0", "domain 'work' already exists with uuid 1", Failure::in_use,
     "another domain of that name"},
    {"define", "9/10/0", "domain 'work' is already defined with uuid 1", Failure::in_use,
     "another domain of that name"},
    {"create", "9/10/0", "domain 'work' already exists with uuid 1", Failure::failed,
     "the hypervisor failed"},
    {"define", "27/10/0", "target 'vdi' duplicated", Failure::failed, "refused the configuration"},
    {"define", "35/10/0", "(domain_definition):3: parser error", Failure::failed,
     "refused the configuration"},
    {"define", "92/10/0", "XML document failed to validate against schema", Failure::failed,
     "refused the configuration"},
    {"define", "8/10/0", "cannot set memory higher than max memory", Failure::failed,
     "refused the configuration"},
    {"define", "67/10/0", "host doesn't support passthrough", Failure::unsupported,
     "cannot do this"},
    {"create", "16/41/0", "unsupported OS type", Failure::unsupported, "HVM is not supported"},
    {"create", "3/10/0", "this function is not supported", Failure::unsupported, "cannot do this"},
    {"create", "84/10/0", "Operation not supported", Failure::unsupported, "cannot do this"},
    {"create", "70/34/0", "Hook script execution failed", Failure::failed, "a hook refused it"},
    {"open", "38/7/2", "Failed to connect socket to", Failure::failed, "cannot be reached"},
    {"open", "38/7/111", "Failed to connect socket to", Failure::failed, "cannot be reached"},
    {"open", "38/7/13", "Failed to connect socket to", Failure::failed, "does not let us in"},
    {"create", "38/7/32", "Cannot write data: Broken pipe", Failure::failed,
     "the connection to the hypervisor broke"},
    {"create", "1/7/0", "client socket is closed", Failure::failed,
     "the connection to the hypervisor broke"},
    {"create", "38/18/2", "Cannot access storage file", Failure::failed, "cannot open a disk"},
    {"create", "38/10/2", "cannot open file", Failure::failed, "the hypervisor failed"},
    {"create", "1/10/0", "qemu-system-x86_64: Cannot allocate memory", Failure::resources,
     "not enough memory"},
    {"create", "2/0/0", "out of memory", Failure::resources, "not enough memory"},
    {"create", "1/10/0", "qemu-system-x86_64: Could not open", Failure::failed,
     "cannot open a disk"},
    {"create", "1/10/0", "process exited while connecting to monitor", Failure::failed,
     "the hypervisor failed"},
    {"open", "1/41/0", "libxenlight state driver is not active", Failure::failed,
     "cannot be reached"},
    {"create", "1/41/0", "libxenlight failed to create new domain", Failure::failed,
     "the hypervisor failed"},
    {"open", "5/0/0", "no connection driver available for xen:///", Failure::failed,
     "cannot be reached"},
    {"open", "45/7/0", "authentication failed", Failure::failed, "does not let us in"},
    {"open", "79/7/0", "authentication cancelled", Failure::failed, "does not let us in"},
    {"open", "94/7/0", "authentication unavailable", Failure::failed, "does not let us in"},
    {"create", "29/10/0", "operation forbidden for read only access", Failure::failed,
     "does not let us in"},
    {"create", "88/62/0", "access denied", Failure::failed, "does not let us in"},
    {"create", "68/10/0", "Timed out during operation", Failure::timeout, "did not answer in time"},
    {"create", "86/10/0", "Guest agent is not responding", Failure::timeout,
     "did not answer in time"},
    {"create", "87/10/0", "resource busy", Failure::busy, "is busy with the domain"},
};

} // namespace

TEST_CASE("hypervisor.md 35: each error of libvirt has its exit code, its reason and no path")
{
    for (const Row& row : rows) {
        const std::string what{row.operation};
        INFO(what << " fails with " << row.numbers << ", " << row.words);
        const Host host{simulated::store_without_network()};
        host.hypervisor.trouble("fail " + what + " 0 " + std::string{row.numbers} + " before " +
                                std::string{row.words} + " '/var/lib/libvirt/secret.img'");
        const Outcome outcome = run_call(host.root, start);
        check_refusal(outcome, "mgmt.vm.Start", row.kind);
        INFO(outcome.err);
        CHECK(outcome.err.find(row.says) != std::string::npos);
        CHECK(outcome.err.find('/') == std::string::npos);
        CHECK(outcome.err.find(row.words) == std::string::npos);
        host.hypervisor.heal();
        host.check_tidy("work", work_uuid);
    }
}

TEST_CASE("An answer that was lost is asked for again, or judged by what happened")
{
    // Questions and definitions do no harm twice.
    for (const char* const operation : {"lookup", "state", "active", "type", "define"}) {
        INFO(operation);
        const Host host{simulated::store_without_network()};
        host.hypervisor.trouble("fail " + std::string{operation} + " 1 38/7/32 before");
        host.gives(start, "");
        host.check_runs("work", work_uuid);
    }
    // It happened, and nobody was told.
    for (const char* const operation : {"create", "resume"}) {
        INFO(operation);
        const Host host{simulated::store_without_network()};
        host.hypervisor.trouble("fail " + std::string{operation} + " 1 38/7/32 after");
        host.gives(start, "");
        host.check_runs("work", work_uuid);
        const auto orders = host.hypervisor.orders(work_uuid);
        CHECK(std::ranges::count_if(orders, [&](const std::string& order) {
                  return order.starts_with(operation);
              }) == 1); // and never twice
        host.hypervisor.trouble("fail destroy 1 38/7/32 after");
        host.gives(kill_it, "");
        host.check_tidy("work", work_uuid);
    }
}

TEST_CASE("A hypervisor without statistics is asked qube by qube")
{
    const Host host{simulated::store_without_network()};
    host.gives(start, "");
    host.hypervisor.trouble("fail list 0 3/10/0 before");
    CHECK(host.state("work") == "Running");
    CHECK(host.state("mgr") == "Halted");
    host.hypervisor.trouble("fail list-all 0 1/10/0 before");
    CHECK(host.state("work") == "NA");
}

TEST_CASE("A hypervisor that cannot be asked is never taken for a qube that is off")
{
    const Host host{simulated::store_without_network()};
    host.gives(start, "");
    const std::string record = host.record(work_uuid);
    host.hypervisor.trouble("fail lookup 0 1/10/0 before\nfail list 0 1/10/0 before");
    host.hypervisor.forget_log();
    for (const char* const call : {"vm.Start", "vm.Shutdown", "vm.Kill", "vm.Pause", "vm.Unpause"})
        check_refusal(run_call(host.root, {"work", call}), "mgmt." + std::string{call},
                      Failure::failed);
    check_refusal(run_call(host.root, {"work", "vm.property.Set", "template", "fedora-25"}),
                  "mgmt.vm.property.Set", {Failure::failed, Failure::wrong_state});
    CHECK(host.state("work") == "NA");
    CHECK(host.hypervisor.orders().empty());
    CHECK(host.record(work_uuid) == record);
    host.hypervisor.heal();
    host.check_runs("work", work_uuid);
}
