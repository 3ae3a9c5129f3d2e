// SPDX-License-Identifier: GPL-2.0-or-later
//
// Start fails, in each of its steps: the caller gets the error of that step, and nothing is left of
// the attempt, so that the next one works.

#include "calls/simulated.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

const Ask start{"work", "vm.Start"};
const Ask kill_it{"work", "vm.Kill"};

constexpr std::string_view work_image = "/var/lib/qm-lvm/appvms/work/private.img";
constexpr std::string_view work_mark = "/run/qubes/volume-running-lvm:appvms-work-private";
constexpr std::string_view records = "/run/qubes-mgmt/run";
constexpr std::string_view told = "/run/qubes-mgmt/qdb";

// How a step is made to fail, what the caller must hear of it, and how it is made well again.
struct Row {
    std::string_view step;
    std::function<void(const Host&)> spoil;
    Failure kind;
    std::string_view says;
    std::function<void(const Host&)> mend = {};
    bool announced = true;    // hooks and journal have heard of the attempt
    bool by_the_next = false; // not all could be taken back: the next call settles
};

std::function<void(const Host&)> vetoed(std::string_view event)
{
    return [event](const Host& host) { host.add_hook(event, "50-veto", "exit 3"); };
}

std::function<void(const Host&)> failing(std::string_view operation, std::string_view how)
{
    return [=](const Host& host) {
        host.hypervisor.trouble("fail " + std::string{operation} + " 1 " + std::string{how});
    };
}

constexpr std::string_view connection = "hypervisor = test:///default\n";

// Something that the configuration demands, of which the host has no more than these programs.
std::function<void(const Host&)>
demanded(std::string_view key, std::vector<std::pair<std::string, std::string>> programs = {})
{
    return [=](const Host& host) {
        host.root.configure(std::string{connection} + std::string{key} + " = required\n");
        for (const auto& [path, script] : programs) {
            host.root.write(path, "#!/bin/sh\n" + script + "\n");
            fs::permissions(host.root.below(path), fs::perms{0755});
        }
    };
}

void demand_nothing(const Host& host)
{
    host.root.configure(connection);
}

// From an event on, there is no directory for run records.
std::function<void(const Host&)> without_records(std::string_view event)
{
    return [event](const Host& host) {
        host.add_hook(event, "60-break",
                      "cd \"$ROOT/run/qubes-mgmt\" && mv run away && echo > run");
    };
}

void give_records_back(const Host& host)
{
    if (host.root.exists("/run/qubes-mgmt/away")) {
        fs::remove(host.root.below(records));
        fs::rename(host.root.below("/run/qubes-mgmt/away"), host.root.below(records));
    }
}

const std::vector<Row>& rows()
{
    static const std::vector<Row> all{
        {"2: no such kernel",
         [](const Host& host) {
             fs::rename(host.root.below(std::string{kernels_path} + "/4.8.12-12"),
                        host.root.below("/kernel"));
         },
         Failure::failed, "kernel is not installed",
         [](const Host& host) {
             fs::rename(host.root.below("/kernel"),
                        host.root.below(std::string{kernels_path} + "/4.8.12-12"));
         },
         false},
        {"3: hook domain-pre-start", vetoed("domain-pre-start"), Failure::failed, "a hook refused"},
        {"4: an image is missing",
         [](const Host& host) {
             fs::rename(host.root.below(work_image), host.root.below("/image"));
         },
         Failure::failed, "",
         [](const Host& host) {
             fs::rename(host.root.below("/image"), host.root.below(work_image));
         }},
        {"5: the netvm's netvm",
         [](const Host& host) {
             host.hypervisor.change([](fake::World& world) {
                 world.faults.push_back({.operation = "create", .text = "said of 'sys-net'"});
             });
         },
         Failure::failed, ""},
        {"6: too many qubes",
         [](const Host& host) {
             host.hypervisor.set("00000000-0000-4000-8000-000000000001", 1, 1, 99);
             host.root.configure("hypervisor = test:///default\nqemu-max-running = 1\n");
         },
         Failure::resources, "Not enough memory", [](const Host& host) { demand_nothing(host); }},
        {"6: no balancer", demanded("qmemman"), Failure::unsupported, "no memory balancer",
         demand_nothing},
        {"7: no place for the record",
         [](const Host& host) {
             fs::remove_all(host.root.below(records));
             host.root.write(records, "not a directory");
         },
         Failure::failed, "", [](const Host& host) { fs::remove(host.root.below(records)); }},
        {"7: a volume cannot be marked",
         [](const Host& host) { fs::create_directories(host.root.below(work_mark) + "/x"); },
         Failure::failed, "", [](const Host& host) { fs::remove_all(host.root.below(work_mark)); },
         true, true},
        {"8: hook domain-pre-spawn", vetoed("domain-pre-spawn"), Failure::failed, "a hook refused"},
        {"8: define", failing("define", "27/10/0 before bad document"), Failure::failed,
         "refused the configuration"},
        {"9: create", failing("create", "38/18/2 before Cannot access storage file"),
         Failure::failed, "cannot open a disk"},
        {"9: create, which created", failing("create", "9/10/0 after half way"), Failure::failed,
         "the hypervisor failed"},
        {"9: no memory", failing("create", "1/10/0 before Cannot allocate memory"),
         Failure::resources, "not enough memory"},
        {"9: the record of what was created", without_records("domain-pre-spawn"), Failure::failed,
         "", give_records_back, true, true},
        {"12: what the qube is told",
         [](const Host& host) { host.root.write(told, "not a directory"); }, Failure::failed, "",
         [](const Host& host) { fs::remove(host.root.below(told)); }},
        {"12: no QubesDB", demanded("qubesdb"), Failure::unsupported, "cannot be told",
         demand_nothing},
        {"12: QubesDB does not start",
         demanded("qubesdb", {{"/usr/sbin/qubesdb-daemon", "exit 1"}}), Failure::failed,
         "cannot tell a qube", demand_nothing},
        {"12: QubesDB does not take the table",
         demanded("qubesdb",
                  {{"/usr/sbin/qubesdb-daemon", "exit 0"}, {"/usr/bin/qubesdb-cmd", "exit 1"}}),
         Failure::failed, "cannot tell a qube", demand_nothing},
        {"13: hook domain-pre-unpaused", vetoed("domain-pre-unpaused"), Failure::failed,
         "a hook refused"},
        {"13: resume", failing("resume", "1/10/0 before"), Failure::failed,
         "the hypervisor failed"},
        {"13: resume, which resumed", failing("resume", "9/10/0 after"), Failure::failed,
         "the hypervisor failed"},
        {"14: no qrexec", demanded("qrexec"), Failure::unsupported, "qrexec is not installed",
         demand_nothing},
        {"14: qrexec does not start",
         demanded("qrexec", {{"/usr/lib/qubes/qrexec-daemon", "exit 1"}}), Failure::failed,
         "its qrexec daemon does not start", demand_nothing},
        {"14: the agent is silent", demanded("qrexec", {{"/usr/sbin/qrexec-daemon", "exit 3"}}),
         Failure::failed, "Cannot connect to qrexec agent for 60 seconds", demand_nothing},
        {"16: the record of what runs", without_records("domain-unpaused"), Failure::failed, "",
         give_records_back, true, true},
    };
    return all;
}

} // namespace

TEST_CASE("hypervisor.md 7: Start fails in each of its steps, and leaves nothing")
{
    for (const Row& row : rows()) {
        INFO(row.step);
        const bool network = row.step.starts_with("5:");
        const Host host{network ? simulated::store() : simulated::store_without_network()};
        host.write_hooks_down();
        row.spoil(host);
        const Outcome outcome = run_call(host.root, start);
        check_refusal(outcome, "mgmt.vm.Start", row.kind);
        INFO(outcome.err);
        CHECK(outcome.err.find(row.says) != std::string::npos);
        CHECK(outcome.err.find(host.root.path()) == std::string::npos);
        CHECK(outcome.err.find("/var/lib") == std::string::npos);
        CHECK(host.count("work", "domain-start-failed") == (row.announced ? 1 : 0));
        CHECK(host.count("work", "domain-start") == 0);
        CHECK(std::ranges::count(host.hooks_run(), "domain-start-failed work") ==
              (row.announced ? 1 : 0));
        CHECK(std::ranges::count(host.hooks_run(), "domain-start work") == 0);
        if (row.mend)
            row.mend(host);
        host.hypervisor.heal();
        if (row.by_the_next)
            host.gives(kill_it, "");
        host.check_tidy("work", work_uuid);
        host.remove_hooks();
        host.gives(start, "");
        host.check_runs("work", work_uuid);
        host.gives(kill_it, "");
        host.check_tidy("work", work_uuid);
        std::cout << "failed and taken back: " << row.step << '\n';
    }
}

TEST_CASE("hypervisor.md 6: a netvm that fails keeps its client off")
{
    const Host host;
    host.write_hooks_down();
    host.hypervisor.trouble("fail create 2 1/10/0 before"); // sys-net starts, sys-firewall fails
    const Outcome outcome = run_call(host.root, start);
    check_refusal(outcome, "mgmt.vm.Start", Failure::failed);
    host.check_runs("sys-net", net_uuid);
    host.check_tidy("sys-firewall", firewall_uuid);
    host.check_tidy("work", work_uuid);
    CHECK(host.count("sys-firewall", "domain-start-failed") == 1);
    CHECK(host.hypervisor.orders(work_uuid).empty());
    CHECK_FALSE(host.root.exists("/var/lib/qm-lvm/appvms/work/root-dirty.img"));
}

TEST_CASE("hypervisor.md 8: create fails, and what it had of storage cannot be stopped")
{
    const Host host{simulated::store_without_network()};
    const std::string dirty = "/var/lib/qm-lvm/appvms/work/private-dirty.img";
    const std::string aside = "/var/lib/qm-lvm/appvms/work/aside";
    host.hypervisor.trouble("delay create 1000\n"
                            "fail create 1 38/18/2 before Cannot access storage file");
    Process call{remote_command(host.root, start)};
    host.hypervisor.await("create");
    fs::rename(host.root.below(dirty), host.root.below(aside));
    host.root.write(dirty + "/x", ""); // no image can be unlinked here
    const Outcome outcome = call.finish();
    check_refusal(outcome, "mgmt.vm.Start", Failure::failed);
    INFO(outcome.err);
    CHECK(outcome.err.find("cannot open a disk") != std::string::npos);
    host.hypervisor.heal();
    fs::remove_all(host.root.below(dirty));
    fs::rename(host.root.below(aside), host.root.below(dirty));
    CHECK(host.state("work") == "Halted");
    host.gives(kill_it, ""); // the next to settle
    host.check_tidy("work", work_uuid);
    host.gives(start, "");
    host.check_runs("work", work_uuid);
}

TEST_CASE("hypervisor.md 6: a Start that fails for its netvm names it")
{
    const Host host;
    host.hypervisor.trouble("fail create 2 1/10/0 before");
    const Outcome outcome = run_call(host.root, start);
    check_refusal(outcome, "mgmt.vm.Start", Failure::failed);
    CHECK(outcome.err.find("'sys-firewall'") != std::string::npos);
}
