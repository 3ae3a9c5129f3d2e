// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a starting qube gets besides its domain: a table in QubesDB, room from the memory balancer,
// a qrexec daemon. All three are stand-ins that write down what they are asked.

#include "calls/simulated.hpp"
#include "support/catch.hpp"
#include "support/fake_balancer.hpp"
#include "support/fake_qubesdb.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;

namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Words = std::vector<std::string>;

const Ask start{"work", "vm.Start"};
const Ask kill_it{"work", "vm.Kill"};

constexpr std::string_view daemon_path = "/usr/sbin/qrexec-daemon";
constexpr std::string_view balancer_path = "/run/qubes/qmemman.sock";

// Its words and what it has of the environment, a line each; then what `script` says.
void add_qrexec_daemon(const ScratchRoot& root, std::string_view script = "")
{
    root.write(daemon_path, "#!/bin/sh\ncd \"$QUBES_MGMT_ROOT\" || exit 9\n"
                            "{ printf '%s\\n' \"$@\"; env | grep ^QREXEC | sort; } > qrexec~\n"
                            "mv qrexec~ qrexec\n"
                            "echo \"qrexec-daemon $*\" >> hooks\n" +
                                std::string{script} + "\n");
    fs::permissions(root.below(daemon_path), fs::perms{0755});
}

// QubesDB's daemon writes itself down among the hooks.
void add_qubesdb_in_order(const ScratchRoot& root)
{
    add_qubesdb(root);
    root.write(qubesdb_daemon_path, std::string{fake_qubesdb_daemon} +
                                        "echo \"qubesdb $2\" >> \"$QUBES_MGMT_ROOT/hooks\"\n");
}

bool comes_true(const std::function<bool()>& condition)
{
    for (int i = 0; i < 1000; ++i) {
        if (condition())
            return true;
        std::this_thread::sleep_for(milliseconds{10});
    }
    return false;
}

// What qrexec-daemon was last started with.
std::string qrexec_words(const ScratchRoot& root)
{
    return root.exists("/qrexec") ? root.read("/qrexec") : "";
}

std::string id_of_work(const Host& host)
{
    return std::to_string(host.hypervisor.domain(work_uuid).id);
}

} // namespace

TEST_CASE("agents: each comes at its place among the steps of a start")
{
    const Host host{simulated::store_without_network(),
                    "qubesdb = required\nqrexec = required\nqmemman = required\n"};
    host.write_hooks_down();
    host.add_hook("domain-qdb-create", "10-log", "echo \"$1 $2\" >> \"$ROOT/hooks\"");
    add_qubesdb_in_order(host.root);
    add_qrexec_daemon(host.root);
    const FakeBalancer balancer{host.root.below(balancer_path), "OK\n"};
    host.gives(start, "");
    CHECK(host.state("work") == "Running");
    const std::string daemon =
        "qrexec-daemon -q -u " + std::string{work_uuid} + " -- " + id_of_work(host) + " work user";
    CHECK(host.hooks_run() == Words{"domain-pre-start work", "domain-pre-spawn work",
                                    "domain-spawn work", "qubesdb work", "domain-qdb-create work",
                                    "domain-pre-unpaused work", "domain-unpaused work", daemon,
                                    "domain-start work"});
    const auto table = qubesdb_table(host.root.path(), "work");
    CHECK(table.at("/name") == "work");
    CHECK(table.at("/qubes-random-seed").size() == 88);
    CHECK(table.at("/qubes-block-devices").empty());
    CHECK(host.root.read("/qdb/ran").starts_with("daemon " + id_of_work(host) + " work\n"));
    CHECK_FALSE(host.root.exists("/run/qubes-mgmt/qdb"));
    CHECK(host.record(work_uuid).find("phase=running\n") != std::string::npos);

    host.gives({"work", "vm.feature.Set", "service.cups", "1"}, "");
    CHECK(qubesdb_table(host.root.path(), "work").at("/qubes-service/cups") == "1");
    host.gives({"work", "vm.feature.Remove", "service.cups"}, "");
    CHECK_FALSE(qubesdb_table(host.root.path(), "work").contains("/qubes-service/cups"));
    host.gives(kill_it, "");
    host.check_tidy("work", work_uuid);
}

TEST_CASE("agents: a netvm is told of its client in QubesDB before that has a domain")
{
    const Host host{simulated::store(), "qubesdb = required\n"};
    add_qubesdb(host.root);
    host.add_hook(
        "domain-pre-spawn", "10-look",
        "[ \"$2\" != work ] || cp \"$ROOT/qdb/sys-firewall/=connected-ips\" \"$ROOT/seen\"");
    host.gives(start, "");
    CHECK(host.root.read("/seen").find("10.137.0.4") != std::string::npos);
    const auto table = qubesdb_table(host.root.path(), "sys-firewall");
    CHECK(table.contains("/mapped-ip/10.137.0.4/visible-ip"));
    CHECK(table.at("/name") == "sys-firewall"); // its own table is as it was
}

TEST_CASE("agents: what cannot be a value in QubesDB fails the start, and nothing is left")
{
    const std::string text = simulated::with_feature(simulated::store_without_network(), "work",
                                                     "vm-config.long", std::string(3072, 'v'));
    const Host host{text, "qubesdb = required\n"};
    add_qubesdb(host.root);
    const Outcome outcome = run_call(host.root, start);
    check_refusal(outcome, "mgmt.vm.Start", Failure::failed);
    CHECK(outcome.err.find("'/vm-config/long'") != std::string::npos);
    host.check_tidy("work", work_uuid);
}

TEST_CASE("hypervisor.md 56: room is kept while the domain is created, and let go before it runs")
{
    const Host host{simulated::store_without_network(), "qmemman = required\n"};
    host.add_hook("domain-spawn", "10-slow", "sleep 0.3"); // comes after
    host.hypervisor.trouble("delay create 300");
    Words when_let_go;
    {
        const FakeBalancer balancer{host.root.below(balancer_path), "OK\n",
                                    [&] { when_let_go = host.hypervisor.orders(work_uuid); }};
        Process call{remote_command(host.root, start)};
        host.hypervisor.await("create");
        CHECK(balancer.held() == 1);
        CHECK(call.finish().status == 0);
        CHECK(comes_true([&] { return balancer.held() == 0; }));
        // 600 MiB at first and at most 4000, 2 processors, a stub domain.
        CHECK(balancer.questions() ==
              Words{std::to_string((600 + 144 + 4 + 3) * 1'048'576 + 4000 * 8192) + "\n"});
    }
    CHECK(when_let_go == Words{"define done", "create done"});
}

TEST_CASE("hypervisor.md 56: without room nothing is made; a killed Start gives its room back")
{
    const Host host{simulated::store_without_network(), "qmemman = required\n"};
    {
        const FakeBalancer balancer{host.root.below(balancer_path), "FAIL\n"};
        const Outcome outcome = run_call(host.root, start);
        check_refusal(outcome, "mgmt.vm.Start", Failure::resources);
        CHECK(outcome.err.find("Not enough memory to start domain 'work'") != std::string::npos);
        CHECK(host.hypervisor.orders().empty());
        host.check_tidy("work", work_uuid);
    }
    fs::remove(host.root.below(balancer_path));
    host.hypervisor.trouble("delay create 10000");
    const FakeBalancer balancer{host.root.below(balancer_path), "OK\n"};
    Process call{remote_command(host.root, start)};
    host.hypervisor.await("create");
    CHECK(balancer.held() == 1);
    call.kill_now();
    CHECK(comes_true([&] { return balancer.held() == 0; }));
}

TEST_CASE("agents: qrexec-daemon is told how long to wait, for whom, and as whom to run things")
{
    struct Row {
        std::string_view property;
        std::string_view value;
        std::string_view words;
        std::string_view variable;
        bool agent = true;
    };
    for (const Row& row :
         {Row{"qrexec_timeout", "7", "-q\n-u\nUUID\n--\nID\nwork\nuser\n", "TIMEOUT=7\n"},
          Row{"debug", "True", "-u\nUUID\n--\nID\nwork\nuser\n", "TIMEOUT=60\n"},
          Row{"default_user", "root", "-q\n-u\nUUID\n--\nID\nwork\nroot\n", "NOWAIT=1\n", false}}) {
        INFO(row.property);
        std::string text = simulated::with_property(simulated::store_without_network(), "work",
                                                    row.property, row.value);
        if (row.agent)
            text = simulated::with_feature(std::move(text), "work", "qrexec", "1");
        const Host host{text, "qrexec = required\n"};
        add_qrexec_daemon(host.root);
        host.gives(start, "");
        std::string wanted{row.words};
        wanted.replace(wanted.find("UUID"), 4, work_uuid);
        wanted.replace(wanted.find("ID"), 2, id_of_work(host));
        CHECK(qrexec_words(host.root) == wanted + "QREXEC_STARTUP_" + std::string{row.variable});
        CHECK(host.state("work") == (row.agent ? "Transient" : "Running"));
    }
}

TEST_CASE("agents: qrexec-daemon is not asked for where it is not wanted")
{
    for (const char* const configured : {"qrexec = off\n", "qrexec = auto\n", ""}) {
        const Host host{simulated::store_without_network(), configured};
        add_qrexec_daemon(host.root);
        host.gives(start, "");
        CHECK(qrexec_words(host.root).empty());
    }
}

TEST_CASE("agents: an agent that stays silent is named, and the qube is off again")
{
    const std::string text = simulated::with_property(
        simulated::with_feature(simulated::store_without_network(), "work", "qrexec", "1"), "work",
        "qrexec_timeout", "7");
    const Host host{text, "qrexec = required\n"};
    host.write_hooks_down();
    add_qrexec_daemon(host.root, "exit 3");
    const Outcome outcome = run_call(host.root, start);
    check_refusal(outcome, "mgmt.vm.Start", Failure::failed);
    CHECK(outcome.err == "mgmt.vm.Start: failed: Cannot connect to qrexec agent for 7 seconds, see "
                         "/var/log/xen/console/guest-work.log\n");
    CHECK(host.hypervisor.orders(work_uuid) ==
          Words{"define done", "create done", "resume done", "destroy done"});
    CHECK(host.count("work", "domain-start-failed") == 1);
    CHECK(host.count("work", "domain-start") == 0);
    host.check_tidy("work", work_uuid);
}

TEST_CASE("agents: a Start of a person who has no time gives up its wait for the agent")
{
    const Host host{simulated::store_without_network(), "qrexec = required\n"};
    add_qrexec_daemon(host.root, "exec sleep 60");
    const Outcome outcome = run_local(host.root, "mgmt.vm.Start", {"--dest=work", "--timeout=1.5"});
    CHECK(outcome.status == static_cast<int>(Failure::timeout));
    // No time is left to take it back: that is done for it.
    CHECK(comes_true([&] { return host.record(work_uuid).empty(); }));
    host.check_tidy("work", work_uuid);
}

TEST_CASE("hypervisor.md 10: Start is killed while it waits for the agent, and the qube runs")
{
    const Host host{simulated::store_without_network(), "qrexec = required\n"};
    add_qrexec_daemon(host.root, "while [ ! -e go ]; do sleep 0.05; done; echo > connected");
    {
        Process call{remote_command(host.root, start)};
        REQUIRE(comes_true([&] { return host.root.exists("/qrexec"); }));
        call.kill_now();
    }
    CHECK(host.record(work_uuid).find("phase=created\n") != std::string::npos);
    CHECK(host.state("work") == "Running");
    host.gives(start, ""); // it runs: nothing is done but the record
    host.check_runs("work", work_uuid);
    CHECK(host.hypervisor.orders(work_uuid) == Words{"define done", "create done", "resume done"});
    host.root.write("/go", "");
    CHECK(comes_true([&] { return host.root.exists("/connected"); })); // the qube has its daemon
    host.gives(kill_it, "");
    host.check_tidy("work", work_uuid);
}

TEST_CASE("agents: Kill ends a Start that waits for the agent")
{
    const Host host{simulated::store_without_network(), "qrexec = required\n"};
    // As the real one: its connection fails when the domain goes.
    add_qrexec_daemon(host.root, "while [ ! -e gone ]; do sleep 0.05; done; exit 1");
    Process call{remote_command(host.root, start)};
    REQUIRE(comes_true([&] { return host.root.exists("/qrexec"); }));
    host.gives(kill_it, "");
    CHECK_FALSE(host.hypervisor.domain(work_uuid).active());
    host.root.write("/gone", "");
    const Outcome outcome = call.finish();
    check_refusal(outcome, "mgmt.vm.Start", Failure::failed);
    CHECK(host.count("work", "domain-start") == 0);
    host.check_tidy("work", work_uuid);
}
