// SPDX-License-Identifier: GPL-2.0-or-later
//
// A disposable goes when it stops, when it cannot be started, and when whoever cleans up after it
// was killed at any step.

#include "calls/simulated.hpp"
#include "fault/histogram.hpp"
#include "fault/trace.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::disposable_uuid;
using simulated::Host;

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr std::size_t often_enough = 4; // for errors of one step that is repeated

const Ask start{"disp77", "vm.Start"};
const Ask kill_it{"disp77", "vm.Kill"};

constexpr std::string_view images = "/var/lib/qm-lvm/appvms/disp77";

struct Disposable : Host {
    Disposable() : Host{simulated::with_disposable(simulated::store())} {}

    void runs() const
    {
        gives(start, "");
        check_runs("disp77", disposable_uuid);
    }

    // It powers itself off, and nobody hears of it.
    void stops() const { hypervisor.set(disposable_uuid, 5, 1, -1); }

    [[nodiscard]] Command settle() const
    {
        return tool("qubes-mgmt-settle", {std::string{disposable_uuid}});
    }
    [[nodiscard]] Command tool(std::string_view name, std::vector<std::string> words = {}) const
    {
        const std::string program = call_path(name);
        words.insert(words.begin(), program);
        return {program, std::move(words), root.environment(), {}};
    }

    void check_gone() const
    {
        CHECK(view().domain("disp77") == nullptr);
        CHECK(hypervisor.domain(disposable_uuid).state == -1);
        CHECK(record(disposable_uuid).empty());
        CHECK_FALSE(root.exists(images));
        CHECK_FALSE(root.exists("/run/qubes-mgmt/qdb/" + std::string{disposable_uuid}));
        for (const auto& entry : fs::directory_iterator{root.below("/run/qubes")})
            CHECK(entry.path().filename().string().find("disp77") == std::string::npos);
        if (root.exists("/var/lib/qubes-mgmt/intent"))
            CHECK(fs::is_empty(root.below("/var/lib/qubes-mgmt/intent")));
        check_locks_free();
        fails(start, failure::vm_not_found);
    }
};

} // namespace

TEST_CASE("hypervisor.md 27: a disposable that has stopped is gone when somebody has settled")
{
    SECTION("killed")
    {
        const Disposable host;
        host.runs();
        host.gives(kill_it, "");
        host.check_gone();
        CHECK(host.count("disp77", "domain-shutdown") == 1);
        CHECK(host.count("", "domain-delete") == 1);
    }
    SECTION("shut down")
    {
        const Disposable host;
        host.runs();
        host.gives({"disp77", "vm.Shutdown", "wait"}, "");
        host.check_gone();
    }
    SECTION("by itself, settled for libvirt's hook")
    {
        const Disposable host;
        host.runs();
        host.stops();
        CHECK(host.view().domain("disp77") != nullptr);
        CHECK(run(host.settle()).status == 0);
        host.check_gone();
        CHECK(run(host.settle()).status == 0); // and once more
        host.check_gone();
    }
    SECTION("by itself, found by a Start")
    {
        const Disposable host;
        host.runs();
        host.stops();
        check_refusal(run_call(host.root, start), "mgmt.vm.Start", Failure::not_found);
        host.check_gone();
    }
}

TEST_CASE("hypervisor.md 27: the clean-up after a disposable is killed at each step, and repeated")
{
    Histogram histogram;
    const auto stopped = [](const Disposable& host) {
        host.runs();
        host.stops();
    };
    const Disposable whole;
    stopped(whole);
    const Trace undisturbed = trace(whole.root, whole.settle());
    REQUIRE(undisturbed.status == 0);
    for (std::size_t at = 0; at < undisturbed.steps.size(); ++at) {
        if (is_hypervisors(undisturbed.steps[at]) && !makes_it_true(undisturbed.steps[at]))
            continue;
        const Disposable host;
        stopped(host);
        const Trace killed = kill_at(host.root, host.settle(), at, When::after);
        INFO("killed after step " << at << ": " << undisturbed.steps[at]);
        REQUIRE(killed.hit);
        histogram.add(killed.steps.back());
        CHECK(run(host.settle()).status == 0);
        host.gives({"mgr", "vm.feature.Set", "mended", "yes"}, ""); // finishes what was intended
        host.check_gone();
    }
    histogram.print();
    CHECK(histogram.total() > 20);
}

TEST_CASE("errors: the clean-up after a disposable is refused any step, and boot ends it")
{
    Histogram histogram;
    const auto stopped = [](const Disposable& host) {
        host.runs();
        host.stops();
    };
    const Disposable whole;
    stopped(whole);
    const Trace undisturbed = trace(whole.root, whole.settle());
    REQUIRE(undisturbed.status == 0);
    for (std::size_t at = 0; at < undisturbed.steps.size(); ++at) {
        const std::string& step = undisturbed.steps[at];
        if (is_hypervisors(step) || histogram.of(step) == often_enough)
            continue;
        const Disposable host;
        stopped(host);
        const Trace failed = fail_at(host.root, host.settle(), at);
        INFO("refused step " << at << ": " << step << "\n" << failed.said);
        REQUIRE(failed.hit);
        CHECK((failed.status == 0 || failed.status == static_cast<int>(Failure::failed) ||
               failed.status == static_cast<int>(Failure::resources)));
        CHECK_FALSE(host.hypervisor.domain(disposable_uuid).active());
        host.check_locks_free();
        histogram.add(step);
        CHECK(run(host.tool("qubes-mgmt-boot")).status == 0);
        host.gives({"mgr", "vm.feature.Set", "mended", "yes"}, "");
        if (step.find("/qdb/") == std::string::npos) // in memory, and no domain's any more
            host.check_gone();
    }
    histogram.print();
    CHECK(histogram.total() > 20);
}

TEST_CASE("hypervisor.md 28: a disposable that cannot be started is gone")
{
    for (const std::string_view trouble :
         {"fail define 1 27/10/0 before", "fail create 1 38/18/2 before",
          "fail create 1 9/10/0 after", "fail resume 1 1/10/0 before",
          "fail resume 1 9/10/0 after"}) {
        INFO(trouble);
        const Disposable host;
        host.hypervisor.trouble(trouble);
        check_refusal(run_call(host.root, start), "mgmt.vm.Start", Failure::failed);
        host.check_gone();
        CHECK(host.count("disp77", "domain-start-failed") == 1);
    }
    const Disposable host;
    host.add_hook("domain-pre-start", "50-veto", "exit 1");
    check_refusal(run_call(host.root, start), "mgmt.vm.Start", Failure::failed);
    host.check_gone();
}

TEST_CASE("Remove that the hypervisor refuses leaves the qube as it is")
{
    const Host host{simulated::store_without_network()};
    host.gives({"work", "vm.Start"}, "");
    host.gives({"work", "vm.Kill"}, "");
    const std::string before = host.root.store();
    host.hypervisor.trouble("fail undefine 0 1/10/0 before");
    check_refusal(run_call(host.root, {"work", "vm.Remove"}), "mgmt.vm.Remove", Failure::failed);
    CHECK(host.root.store() == before);
    host.check_tidy("work", work_uuid);
    host.hypervisor.heal();
    host.gives({"work", "vm.Start"}, "");
    host.fails({"work", "vm.Remove"}, failure::not_halted);
    host.gives({"work", "vm.Kill"}, "");
    host.gives({"work", "vm.Remove"}, "");
    CHECK(host.hypervisor.domain(work_uuid).state == -1);
    CHECK(host.view().domain("work") == nullptr);
    CHECK_FALSE(host.root.exists("/var/lib/qm-lvm/appvms/work"));
}

TEST_CASE("A disposable whose removal fails is halted and tidy, and goes with the next boot")
{
    const Disposable host;
    host.runs();
    host.stops();
    host.hypervisor.trouble("fail undefine 1 1/10/0 before");
    CHECK(run(host.settle()).status == 0);
    host.check_locks_free();
    CHECK(host.state("disp77") == "Halted");
    CHECK(host.record(disposable_uuid).empty());
    CHECK(run(host.tool("qubes-mgmt-boot")).status == 0);
    host.check_gone();
    CHECK(host.count("disp77", "domain-shutdown") == 1);
}
