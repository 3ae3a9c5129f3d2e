// SPDX-License-Identifier: GPL-2.0-or-later
//
// What changes the policy is killed at every step, and is refused every step by the kernel.
// Afterwards the file is the old or the new one, to the byte, and at no moment is there one that
// qrexec would take for a policy and deny everything for; the next change goes on from there and
// leaves nothing beside it.

#include "calls/policy_world.hpp"
#include "fault/answer.hpp"
#include "fault/histogram.hpp"
#include "fault/trace.hpp"

#include <csignal>
#include <iostream>
#include <map>
#include <optional>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

using Contents = std::map<std::string, std::string>; // by path below the policy's directory

const std::vector<Ask>& victims()
{
    static const std::vector<Ask> all{
        {"dom0", "policy.Replace", "30-user", "any\nmgmt.vm.List * mgr @adminvm deny\n"},
        {"dom0", "policy.Replace", "31-new", "new\n# new\n"},
        {"dom0", "policy.include.Replace", "start", "any\nmgr vault allow,target=dom0\n"},
        {"dom0", "policy.Remove", "30-user", "any"},
    };
    return all;
}

struct Machine : PolicyHost {
    Machine() : PolicyHost{::access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp"} {}

    [[nodiscard]] Contents contents() const
    {
        Contents found;
        const std::string directory = root.below(policy_directory);
        for (const auto& entry : fs::recursive_directory_iterator{directory})
            if (entry.is_regular_file()) {
                const std::string path = entry.path().string().substr(directory.size() + 1);
                found[path] = policy(path);
            }
        return found;
    }
};

// What a writer leaves behind that qrexec passes over: not the suffix of a policy.
bool is_temporary(const std::string& path)
{
    return path.find('!') != std::string::npos && !path.ends_with(".policy");
}

Contents undisturbed(const Ask& victim)
{
    const Machine machine;
    machine.gives(victim, "");
    return machine.contents();
}

void check_survived(const Machine& machine, const Ask& victim, const Contents& before,
                    const Contents& done)
{
    Contents now = machine.contents();
    std::erase_if(now, [](const auto& file) { return is_temporary(file.first); });
    CHECK((now == before || now == done));
    static_cast<void>(machine.reply({"dom0", "policy.GetFiles", "mgmt.vm.List"})); // understood
    static_cast<void>(machine.reply({"dom0", "policy.List"}));

    Ask again = victim; // by the next, who does not care what the last one has done
    if (now != done)
        machine.gives(again, "");
    again.call = again.call == "policy.include.Replace" ? again.call : "policy.Replace";
    again.payload = "any\n# mended\n";
    machine.gives(again, "");
    for (const auto& [path, content] : machine.contents()) {
        INFO(path);
        CHECK_FALSE(is_temporary(path));
    }
}

std::size_t steps_of(const Ask& victim)
{
    const Machine machine;
    const Trace whole = trace(machine.root, remote_command(machine.root, victim));
    REQUIRE(whole.status == 0);
    CHECK(std::ranges::any_of(whole.steps, [](const std::string& step) {
        return step.find(policy_directory) != std::string::npos;
    }));
    return whole.steps.size();
}

} // namespace

TEST_CASE("kill: at every step the policy is the old or the new one")
{
    Histogram histogram;
    const Contents before = Machine{}.contents();
    for (const Ask& victim : victims()) {
        const Contents done = undisturbed(victim);
        const std::size_t steps = steps_of(victim);
        for (std::size_t at = 0; at < steps; ++at) {
            for (const When when : {When::before, When::after}) {
                const Machine machine;
                const Trace killed =
                    kill_at(machine.root, remote_command(machine.root, victim), at, when);
                REQUIRE(killed.hit);
                INFO(describe(victim) << ", killed " << (when == When::before ? "before" : "after")
                                      << " step " << at << ": " << killed.steps.back());
                CHECK(killed.status == 128 + SIGKILL);
                histogram.add(killed.steps.back());
                check_survived(machine, victim, before, done);
            }
        }
    }
    histogram.print();
}

TEST_CASE("errors: at every step the policy is the old or the new one")
{
    std::size_t refused = 0;
    Histogram histogram;
    const Contents before = Machine{}.contents();
    for (const Ask& victim : victims()) {
        const Contents done = undisturbed(victim);
        const std::size_t steps = steps_of(victim);
        for (std::size_t at = 0; at < steps; ++at) {
            const Machine machine;
            const Trace failed = fail_at(machine.root, remote_command(machine.root, victim), at);
            REQUIRE(failed.hit);
            INFO(describe(victim) << ", refused step " << at << ": " << failed.steps[at]);
            if (failed.status == 0)
                CHECK(machine.contents() == done);
            else
                check_answer(failed, victim);
            histogram.add(failed.steps[at]);
            refused += failed.status != 0 ? 1 : 0;
            check_survived(machine, victim, before, done);
        }
    }
    histogram.print();
    CHECK(refused > 0);
}
