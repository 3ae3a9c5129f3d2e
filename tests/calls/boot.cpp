// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-boot: what the last run of the host has left, and what starts with the host.

#include "calls/machine.hpp"
#include "calls/world.hpp"
#include "support/catch.hpp"
#include "support/store_view.hpp"

#include <algorithm>
#include <set>
#include <sstream>
#include <sys/stat.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

std::string record(std::string_view uuid)
{
    return "/run/qubes-mgmt/run/" + std::string{uuid};
}

Outcome boot(const Machine& machine, std::vector<std::string> words = {})
{
    return run(machine.session.tool("qubes-mgmt-boot", std::move(words)));
}

void boots(const Machine& machine, std::vector<std::string> words = {})
{
    const Outcome outcome = boot(machine, std::move(words));
    CHECK(outcome.err == "");
    CHECK(outcome.out == "");
    CHECK(outcome.status == 0);
}

// What hooks wrote, a line of words each.
std::vector<std::vector<std::string>> log_of(const Machine& machine)
{
    std::vector<std::vector<std::string>> lines;
    std::istringstream log{machine.root.read("/hooks.log")};
    for (std::string line; std::getline(log, line);) {
        std::istringstream words{line};
        lines.emplace_back();
        for (std::string word; words >> word;)
            lines.back().push_back(word);
    }
    return lines;
}

// Appends "EVENT QUBE PARENT" to the log, after `first`.
void log_hook(const Machine& machine, std::string_view event, std::string_view first = ":")
{
    machine.root.write("/hooks.log", "");
    ::chmod(machine.root.below("/hooks.log").c_str(), 0666);
    machine.add_hook(event, "10-log",
                     std::string{first} + "\necho \"$1 $2 $PPID\" >> " +
                         machine.root.below("/hooks.log"));
}

std::string disposable(int number, bool goes)
{
    const std::string text = std::to_string(number);
    return "<domain id=\"domain-" + text + "\" class=\"DispVM\"><properties>" +
           "<property name=\"auto_cleanup\">" + (goes ? "True" : "False") + "</property>" +
           "<property name=\"dispid\">" + text + "</property>" +
           "<property name=\"label\">red</property>" + "<property name=\"name\">disp" + text +
           "</property>" + "<property name=\"qid\">" + text + "</property>" +
           "<property name=\"uuid\">9a8e4c1f-2f1e-4b57-8c3a-1d2e3f4a5b" + text + "</property>" +
           "<property name=\"template\">fedora-25-dvm</property></properties></domain>\n    ";
}

// Only these start with the host.
void starts_with_host(const Machine& machine, const std::vector<std::string>& names)
{
    for (const char* name : {"sys-net", "sys-firewall", "work", "mgr"}) {
        const bool wanted = std::ranges::find(names, name) != names.end();
        machine.gives({name, "vm.property.Set", "autostart", wanted ? "True" : "False"});
    }
}

} // namespace

TEST_CASE("hypervisor.md 29: boot settles what an earlier boot has left")
{
    const Machine machine;
    for (const char* name : {"work", "sys-net"})
        machine.gives({name, "vm.Start"});
    // The machine lost its power: the domains are gone, /run is not.
    machine.session.destroy(work_uuid);
    const std::string run = machine.root.read(record(work_uuid));
    const auto at = run.find("boot_id=") + 8;
    machine.root.write(record(work_uuid),
                       std::string{run}.replace(at, 36, "01234567-89ab-cdef-0123-456789abcdef"));
    const std::string stale = record("00000000-1111-2222-3333-444444444444");
    machine.root.write(stale, "name=gone\nphase=running\n");
    const std::string of_running = machine.root.read(record(net_uuid));
    machine.root.write("/var/lib/qubes-mgmt/intent/ghost", "verb=create\nuuid=1\n");
    ::chmod(machine.root.below("/var/lib/qubes-mgmt/intent").c_str(), 0777); // the user's, too
    CHECK(machine.root.exists("/var/lib/qm-lvm/appvms/work/private-dirty.img"));

    boots(machine);
    CHECK(!machine.root.exists(stale));
    CHECK(!machine.root.exists("/var/lib/qubes-mgmt/intent/ghost"));
    CHECK(machine.root.read(record(net_uuid)) == of_running);
    CHECK(machine.state("sys-net") == "Running");
    machine.check_tidy("work");
    boots(machine);
    machine.gives({"work", "vm.Start"});
    for (const char* name : {"work", "sys-net"})
        machine.gives({name, "vm.Kill"});
}

TEST_CASE("hypervisor.md 29: boot removes disposables that died with the host")
{
    constexpr std::string_view first = "<domain id=\"domain-6\" class=\"AppVM\">";
    const Machine machine{with(store_without_network(), first,
                               disposable(31, true) + disposable(32, false) + disposable(33, true) +
                                   std::string{first})};
    machine.session.start_paused("disp33", "9a8e4c1f-2f1e-4b57-8c3a-1d2e3f4a5b33");
    const auto before = StoreView{machine.root.store()}.names();
    boots(machine);
    auto wanted = before;
    std::erase(wanted, "disp31");
    CHECK(StoreView{machine.root.store()}.names() == wanted);
    CHECK(before.size() == wanted.size() + 1);
    // One that something else needs cannot go.
    machine.session.destroy("9a8e4c1f-2f1e-4b57-8c3a-1d2e3f4a5b33");
    machine.root.set_store(with(machine.root.store(),
                                R"(<property name="updatevm">sys-firewall</property>)",
                                R"(<property name="updatevm">disp33</property>)"));
    const Outcome outcome = boot(machine);
    CHECK(outcome.status == 1);
    CHECK(outcome.out == "disp33: cannot remove the disposable\n");
}

TEST_CASE("boot: what cannot be cleaned up is named, and the rest is done")
{
    const Machine machine;
    machine.gives({"work", "vm.Start"});
    machine.gives({"work", "vm.Kill"});
    const std::string stale = record("00000000-1111-2222-3333-444444444444");
    machine.root.write(record(work_uuid), "name=work\nphase=running\n");
    machine.root.write(stale, "name=gone\nphase=running\n");
    machine.root.configure(
        "hypervisor = qemu+unix:///session?socket=" + machine.root.below("/nobody-listens") + "\n");
    const Outcome outcome = boot(machine);
    CHECK(outcome.status == 1);
    CHECK(outcome.err == "qubes-mgmt-boot: failed: cannot clean up after 1 qubes\n");
    CHECK(outcome.out.starts_with("work: "));
    CHECK(std::ranges::count(outcome.out, '\n') == 1);
    CHECK(!machine.root.exists(stale));
    CHECK(machine.root.exists(record(work_uuid)));
}

TEST_CASE("hypervisor.md 29: boot starts what starts with the host, netvms first")
{
    const Machine machine{store_of_guests()};
    starts_with_host(machine, {"work", "sys-net", "sys-firewall", "mgr"});
    machine.gives({"mgr", "vm.property.Set", "memory", "99999999"}); // it cannot start
    log_hook(machine, "domain-start");
    const Outcome outcome = boot(machine, {"--autostart"});
    CHECK(outcome.status == 1);
    CHECK(outcome.out == "mgr: resources: Not enough memory to start domain 'mgr'\n");
    CHECK(outcome.err == "qubes-mgmt-boot: failed: cannot start 1 qubes\n");

    const auto log = log_of(machine);
    REQUIRE(log.size() == 3);
    std::set<std::string> parents;
    for (const auto& line : log)
        parents.insert(line.at(2));
    CHECK(log[0][1] == "sys-net");
    CHECK(log[1][1] == "sys-firewall");
    CHECK(log[2][1] == "work");
    CHECK(parents.size() == 3); // each by a Start of its own, none as the netvm of another
    for (const char* name : {"work", "sys-firewall", "sys-net"}) {
        CHECK(machine.state(name) == "Running");
        machine.gives({name, "vm.Kill"});
    }
}

TEST_CASE("boot: at most two qubes are started at once, and two are")
{
    const Machine machine{with(store_without_network(),
                               R"(<property name="netvm">sys-net</property>)",
                               R"(<property name="netvm"></property>)")};
    starts_with_host(machine, {"work", "sys-net", "sys-firewall", "mgr"});
    log_hook(machine, "domain-pre-start");
    machine.add_hook("domain-pre-start", "20-wait", "sleep 1");
    machine.add_hook("domain-pre-start", "30-end",
                     "echo \"end $2\" >> " + machine.root.below("/hooks.log"));
    boots(machine, {"--autostart"});
    int now = 0;
    int most = 0;
    for (const auto& line : log_of(machine)) {
        now += line.front() == "end" ? -1 : 1;
        most = std::max(most, now);
    }
    CHECK(most == 2);
    boots(machine, {"--autostart"}); // what runs, runs
    for (const char* name : {"work", "sys-firewall", "sys-net", "mgr"}) {
        CHECK(machine.state(name) == "Running");
        machine.gives({name, "vm.Kill"});
    }
}

TEST_CASE("boot: nothing to do is success")
{
    const Machine machine;
    starts_with_host(machine, {});
    boots(machine);
    boots(machine, {"--autostart"});
    check_refusal(boot(machine, {"--no-such-option"}), "qubes-mgmt-boot", Failure::protocol);
}
