// SPDX-License-Identifier: GPL-2.0-or-later
//
// What protocol.md 6.2 allows one caller, and what happens beyond.

#include "calls/world.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using Clock = std::chrono::steady_clock;

// The call with what a shell command prints as its payload.
Command fed_by(const ScratchRoot& root, const Ask& ask, const std::string& feeder)
{
    Command command = remote_command(root, ask);
    const std::string call = command.program;
    command.words[0] = "mgmt";
    command.words.insert(command.words.begin(), {"sh", "-c", feeder + " | \"$0\" \"$@\"", call});
    command.words.erase(command.words.begin() + 4); // its own name; the shell gives the path
    command.program = "/bin/sh";
    return command;
}

const Ask set_memory{"work", "vm.property.Set", "memory", "", "mgr"};

} // namespace

TEST_CASE("limits: a payload of 64 MiB is not read to its end")
{
    const World world;
    const auto begin = Clock::now();
    Outcome outcome = run(fed_by(world.root, set_memory, "head -c 67108864 /dev/zero"));
    check_refusal(outcome, "mgmt.vm.property.Set", Failure::too_large);
    CHECK(Clock::now() - begin < std::chrono::seconds{5});
}

TEST_CASE("limits: a payload that comes a byte a second ends after 30 s and holds up nobody")
{
    const World world;
    const auto begin = Clock::now();
    Process slow{fed_by(world.root, set_memory, "while printf 4 && sleep 1; do :; done")};
    while (Clock::now() - begin < std::chrono::seconds{2}) {
        world.gives({"work", "vm.tag.Set", "one", "", "mgr"}, "");
        world.gives({"work", "vm.tag.Remove", "one", "", "mgr"}, "");
    }
    check_refusal(slow.finish(), "mgmt.vm.property.Set", Failure::timeout);
    const auto took = Clock::now() - begin;
    CHECK(took >= std::chrono::seconds{30});
    CHECK(took < std::chrono::seconds{35});
}

TEST_CASE("limits: of one qube 32 calls run at once; dom0 and other qubes do not notice")
{
    const World world;
    const Ask get{"work", "vm.property.Get", "memory", "", "mgr"};
    std::vector<std::unique_ptr<Process>> waiting;
    for (int i = 0; i < 32; ++i)
        waiting.push_back(
            std::make_unique<Process>(fed_by(world.root, set_memory, "{ sleep 4; printf 400; }")));
    Outcome refused;
    const auto begin = Clock::now();
    do { // until the last of them has begun
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        refused = run_call(world.root, get);
    } while (refused.status == 0 && Clock::now() - begin < std::chrono::seconds{3});
    check_refusal(refused, "mgmt.vm.property.Get", Failure::busy);
    Ask other = get;
    other.caller = "sys-net";
    world.gives(other, "default=no 600");
    other.caller = "dom0";
    world.gives(other, "default=no 600");
    for (const auto& process : waiting)
        CHECK(process->finish().status == 0);
    world.gives(get, "default=no 400");
}

TEST_CASE("limits: 200 callers at once are each answered")
{
    const World world;
    const auto begin = Clock::now();
    std::vector<std::unique_ptr<Process>> callers;
    for (int i = 0; i < 200; ++i)
        callers.push_back(std::make_unique<Process>(remote_command(
            world.root, {"work", "vm.property.Get", "memory", "", i % 2 == 0 ? "dom0" : "mgr"})));
    int answered = 0;
    for (std::size_t i = 0; i < callers.size(); ++i) {
        const Outcome outcome = callers[i]->finish();
        if (outcome.status == 0) {
            CHECK(outcome.out == "default=no 600");
            ++answered;
        } else {
            CHECK(i % 2 == 1); // dom0 is never refused
            check_refusal(outcome, "mgmt.vm.property.Get", Failure::busy);
        }
    }
    CHECK(answered >= 100 + 32);
    CHECK(Clock::now() - begin < std::chrono::seconds{20});
}
