// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/unattended/autostart.hpp"

#include "base/child.hpp"
#include "base/error.hpp"
#include "base/loadable.hpp"
#include "life/property/live.hpp"
#include "store/effective.hpp"

#include <algorithm>
#include <cstdlib>
#include <list>
#include <poll.h>

namespace qmgmt {
namespace {

constexpr std::size_t most_at_once = 2;
constexpr std::chrono::minutes patience{10}; // a Start gives up long before
constexpr std::size_t longest_netvm_chain = 16;

// One to start, and the netvms above it, the nearest first.
struct Candidate {
    std::string name;
    std::vector<std::string> netvms;
};

std::vector<std::string> netvms_above(Effective& effective, const Qube& qube)
{
    std::vector<std::string> above;
    for (const Qube* netvm = effective.netvm(qube);
         netvm != nullptr && above.size() < longest_netvm_chain; netvm = effective.netvm(*netvm))
        above.push_back(netvm->name());
    return above;
}

std::vector<Candidate> candidates(Call& call)
{
    SystemValues live{call};
    Effective effective{call.store(), live};
    std::vector<Candidate> found;
    for (const std::string& name : call.store().names()) {
        const Qube* qube = call.store().find_any(name);
        if (qube != nullptr && qube->class_bit() != class_admin &&
            effective.text(*qube, "autostart") == "True")
            found.push_back({name, netvms_above(effective, *qube)});
    }
    // Netvms first; of equals the first in the alphabet.
    std::ranges::stable_sort(found, {}, [](const Candidate& one) { return one.netvms.size(); });
    return found;
}

// Where a session of libvirt has its daemon, if the host has no other.
std::vector<std::string> session_variables()
{
    std::vector<std::string> variables;
    for (const char* name : {"HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"}) {
        if (const char* value = std::getenv(name))
            variables.push_back(std::string{name} + "=" + value);
    }
    return variables;
}

// "mgmt.vm.Start: failed: TEXT", without the name of the program.
std::string reason(const ChildResult& result)
{
    if (result.timed_out)
        return "timeout: the start did not end in time";
    const std::string line = result.output.substr(0, result.output.find('\n'));
    const auto text = line.find(": ");
    return text == std::string::npos ? "the start ended with " + std::to_string(result.status)
                                     : line.substr(text + 2);
}

class Autostart {
public:
    explicit Autostart(std::vector<Candidate> waiting) : waiting_{std::move(waiting)} {}

    std::vector<BootFailure> run()
    {
        while (!waiting_.empty() || !running_.empty()) {
            while (running_.size() < most_at_once && start_one()) {
            }
            if (!running_.empty())
                finish_one();
        }
        return std::move(failures_);
    }

private:
    struct Running {
        std::string name;
        Deadline deadline;
        RunningProgram program;
    };

    [[nodiscard]] bool is_to_come(const std::string& name) const
    {
        const auto has_name = [&](const auto& one) { return one.name == name; };
        return std::ranges::any_of(waiting_, has_name) || std::ranges::any_of(running_, has_name);
    }

    // The first whose netvms have been seen to.
    bool start_one()
    {
        auto next = std::ranges::find_if(waiting_, [this](const Candidate& one) {
            return std::ranges::none_of(
                one.netvms, [&](const auto& name) { return name != one.name && is_to_come(name); });
        });
        if (next == waiting_.end() && running_.empty())
            next = waiting_.begin(); // a loop of netvms: its Start says so
        if (next == waiting_.end())
            return false;
        const std::string name = next->name;
        waiting_.erase(next);
        try {
            running_.push_back({name, Deadline::in(patience),
                                RunningProgram{{program_directory() + "/mgmt.vm.Start", "--plain",
                                                "--dest=" + name},
                                               session_variables()}});
        } catch (const Error& error) {
            failures_.push_back({name, error.text()});
        }
        return true;
    }

    // Waits until one has ended, or more.
    void finish_one()
    {
        std::vector<pollfd> waits;
        Deadline soonest = Deadline::in(patience);
        for (const Running& one : running_) {
            waits.push_back({one.program.ending(), POLLIN, 0});
            soonest = soonest.sooner(one.deadline);
        }
        ::poll(waits.data(), waits.size(), static_cast<int>(soonest.left().count()));
        auto one = running_.begin();
        for (const pollfd& wait : waits) {
            if (wait.revents == 0 && !one->deadline.passed()) {
                ++one;
                continue;
            }
            const ChildResult result = one->program.finish(one->deadline);
            if (result.status != 0)
                failures_.push_back({one->name, reason(result)});
            one = running_.erase(one);
        }
    }

    std::vector<Candidate> waiting_;
    std::list<Running> running_;
    std::vector<BootFailure> failures_;
};

} // namespace

std::vector<BootFailure> autostart_qubes(Call& call)
{
    return Autostart{candidates(call)}.run();
}

} // namespace qmgmt
