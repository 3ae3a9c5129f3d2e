// SPDX-License-Identifier: GPL-2.0-or-later
//
// A Start that has the memory balancer, QubesDB and qrexec to speak with is killed at every step
// from where it holds memory. Nobody keeps what it was given, and the next calls bring up a qube
// that has all three, or leave nothing.

#include "calls/simulated.hpp"
#include "fault/histogram.hpp"
#include "fault/trace.hpp"
#include "support/catch.hpp"
#include "support/fake_balancer.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;

namespace {

const Ask start{"work", "vm.Start"};
const Ask kill_it{"work", "vm.Kill"};

// Each writes down the domain that it was last started for.
constexpr std::string_view qubesdb_daemon =
    "cd \"$QUBES_MGMT_ROOT\" && : > table && echo \"$1 $2\" > qubesdb";
constexpr std::string_view qubesdb_command = "cd \"$QUBES_MGMT_ROOT\" && [ \"$5\" != write ] || { "
                                             "shift 6; printf '%s\\n' \"$@\" >> table; }";
constexpr std::string_view qrexec_daemon = "cd \"$QUBES_MGMT_ROOT\" && echo \"$5 $6\" > qrexec";

class Ready {
public:
    Ready()
    {
        add("/usr/sbin/qubesdb-daemon", qubesdb_daemon);
        add("/usr/bin/qubesdb-cmd", qubesdb_command);
        add("/usr/sbin/qrexec-daemon", qrexec_daemon);
    }

    Host host{simulated::store_without_network(),
              "qubesdb = required\nqrexec = required\nqmemman = required\n"};
    FakeBalancer balancer{host.root.below("/run/qubes/qmemman.sock"), "OK\n"};

    [[nodiscard]] bool is_told() const { return noted("/qubesdb") == domain(); }
    [[nodiscard]] bool has_daemon() const { return noted("/qrexec") == domain(); }

    // Its domain has everything that a start gives.
    void check_whole() const
    {
        host.check_runs_apart("work", work_uuid);
        CHECK(is_told());
        CHECK(noted("/table").find("/name\nwork\n") != std::string::npos);
        CHECK(has_daemon());
        CHECK(nobody_holds_memory());
    }
    [[nodiscard]] bool nobody_holds_memory() const
    {
        for (int i = 0; i < 500 && balancer.held() != 0; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        return balancer.held() == 0;
    }

private:
    void add(const std::string& program, std::string_view script) const
    {
        host.root.write(program, "#!/bin/sh\n" + std::string{script} + "\n");
        std::filesystem::permissions(host.root.below(program), std::filesystem::perms{0755});
    }
    [[nodiscard]] std::string noted(const std::string& file) const
    {
        return host.root.exists(file) ? host.root.read(file) : "";
    }
    [[nodiscard]] std::string domain() const
    {
        return std::to_string(host.hypervisor.domain(work_uuid).id) + " work\n";
    }
};

// Orders after which the qube runs and its daemon has not been started: resume, the look for a
// Kill.
constexpr int most_without_daemon = 2;

// One that runs is left alone, and has been told of all that it needs. Cut off in just that moment
// it has no qrexec daemon before it is started anew.
void check_survived(const Ready& ready, bool restarts)
{
    const Host& host = ready.host;
    CHECK(ready.nobody_holds_memory());
    if (restarts) {
        const bool ran = host.state("work") == "Running";
        host.gives(start, "");
        host.check_runs_apart("work", work_uuid);
        CHECK(ready.is_told());
        if (!ran)
            ready.check_whole();
    }
    host.gives(kill_it, "");
    host.check_tidy("work", work_uuid);
    host.gives(start, "");
    ready.check_whole();
}

} // namespace

TEST_CASE("agents: killed at any step with them, a Start leaves no half of them behind")
{
    const Ready whole;
    const Trace undisturbed = trace(whole.host.root, remote_command(whole.host.root, start));
    REQUIRE(undisturbed.status == 0);
    whole.check_whole();
    const auto& steps = undisturbed.steps;
    const auto recorded = std::ranges::find_if(steps, [](const std::string& step) {
        return step.starts_with("create /run/qubes-mgmt/run/");
    });
    REQUIRE(recorded != steps.end());
    Histogram histogram;
    bool restarts = false;
    int without_daemon = 0;
    for (auto at = static_cast<std::size_t>(recorded - steps.begin()); at < steps.size(); ++at) {
        if (is_hypervisors(steps[at]) && !makes_it_true(steps[at]))
            continue;
        restarts = !restarts;
        const Ready ready;
        const Trace killed =
            kill_at(ready.host.root, remote_command(ready.host.root, start), at, When::after);
        INFO("killed after step " << at << ": " << steps[at] << ", then "
                                  << (restarts ? "Start" : "Kill"));
        REQUIRE(killed.hit);
        CHECK(killed.status == 128 + SIGKILL);
        CHECK(ready.balancer.questions().size() == 1);
        histogram.add(killed.steps.back());
        if (ready.host.state("work") == "Running" && !ready.has_daemon())
            ++without_daemon;
        check_survived(ready, restarts);
    }
    histogram.print();
    CHECK(histogram.total() >= 20);
    CHECK(without_daemon <= most_without_daemon);
}
