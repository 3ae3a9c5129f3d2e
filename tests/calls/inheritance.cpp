// SPDX-License-Identifier: GPL-2.0-or-later
//
// What outlives a call has nothing of its confinement: a real guest, its daemon, hooks.

#include "calls/machine.hpp"
#include "support/catch.hpp"

#include <fstream>
#include <map>
#include <sstream>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

// What the kernel says of a process: the lines of its status, and its limits, soft and hard.
std::map<std::string, std::string> facts_of(const std::string& pid)
{
    std::map<std::string, std::string> facts;
    std::ifstream status{"/proc/" + pid + "/status"};
    for (std::string line; std::getline(status, line);) {
        const auto colon = std::min(line.find(':'), line.size() - 1);
        facts[line.substr(0, colon)] = line.substr(std::min(line.size(), colon + 2));
    }
    std::ifstream limits{"/proc/" + pid + "/limits"};
    for (std::string line; std::getline(limits, line);) {
        std::istringstream words{line.substr(std::min<std::size_t>(26, line.size()))};
        std::string soft;
        std::string hard;
        words >> soft >> hard;
        facts[line.substr(0, line.find("  "))] = soft + " " + hard;
    }
    return facts;
}

std::string pid_in(const ScratchRoot& root, std::string_view file)
{
    return std::to_string(std::stoi(root.read(file)));
}

} // namespace

TEST_CASE(
    "rights: a guest and the daemon of its session inherit nothing of the call that started them")
{
    const Machine machine;
    machine.gives({"work", "vm.Start"}, ""); // starts the daemon, too
    const auto own = facts_of("self");
    const auto daemon = facts_of(pid_in(machine.root, "/xdg/run/libvirt/libvirtd.pid"));
    for (const char* const fact :
         {"NoNewPrivs", "Seccomp", "Max cpu time", "Max address space", "Max core file size"}) {
        INFO(fact);
        CHECK(daemon.at(fact) == own.at(fact));
    }
    const auto guest = facts_of(pid_in(machine.root, "/xdg/run/libvirt/qemu/run/work.pid"));
    for (const char* const fact : {"Max cpu time", "Max address space"}) {
        INFO(fact);
        CHECK(guest.at(fact) == own.at(fact));
    }
    CHECK(guest.at("Max open files") != "256 256");
    // QEMU confines itself by a filter of its own; ours would be one more.
    CHECK(std::stoi(guest.at("Seccomp_filters")) <= std::stoi(own.at("Seccomp_filters")) + 1);
    machine.gives({"work", "vm.Kill"}, "");
}

TEST_CASE("rights: a hook runs with all rights, and may leave a program in the background")
{
    const Machine machine;
    const std::string out = machine.root.below("/run/qubes-mgmt/hook");
    machine.add_hook("domain-start", "10-look",
                     "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status >" + out +
                         "\nsetsid sh -c 'sleep 1; echo alive >>" + out + "' &");
    machine.gives({"work", "vm.Start"}, "");
    machine.gives({"work", "vm.Kill"}, "");
    const auto own = facts_of("self");
    const std::string wanted =
        "NoNewPrivs:\t" + own.at("NoNewPrivs") + "\nSeccomp:\t" + own.at("Seccomp") + "\nalive\n";
    std::string seen;
    for (int i = 0; i < 100 && seen != wanted; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
        seen = machine.root.read("/run/qubes-mgmt/hook");
    }
    CHECK(seen == wanted);
}
