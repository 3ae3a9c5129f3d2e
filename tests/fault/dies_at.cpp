// SPDX-License-Identifier: GPL-2.0-or-later
//
// The guest powers itself off while a verb looks at it: before each question and order in turn.
// Whatever the verb then makes of it, no run is ended twice or not at all, and the next Start is
// one of a qube that was cleaned up.

#include "calls/simulated.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;

namespace {

const Ask start{"work", "vm.Start"};
const Ask kill_it{"work", "vm.Kill"};

enum class Before { halted, runs, paused };

struct Verb {
    Ask ask;
    Before before;
};

const std::vector<Verb>& verbs()
{
    static const std::vector<Verb> all{
        {start, Before::halted},
        {start, Before::runs},
        {kill_it, Before::runs},
        {{"work", "vm.Shutdown"}, Before::runs},
        {{"work", "vm.Shutdown", "wait"}, Before::runs},
        {{"work", "vm.Shutdown", "force"}, Before::paused},
        {{"work", "vm.Pause"}, Before::runs},
        {{"work", "vm.Unpause"}, Before::paused},
        {{"work", "vm.property.Set", "template", "other"}, Before::runs},
    };
    return all;
}

std::string store_with_two_templates()
{
    const std::string before = "    <domain id=\"domain-6\" class=\"AppVM\">";
    return with(simulated::store_without_network(), before,
                "    <domain id=\"domain-20\" class=\"TemplateVM\">\n      <properties>"
                "<property name=\"label\">black</property>"
                "<property name=\"name\">other</property>"
                "<property name=\"qid\">20</property>"
                "<property name=\"uuid\">3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e20</property>"
                "</properties>\n    </domain>\n" +
                    before);
}

struct Ready {
    explicit Ready(Before before)
    {
        host.write_hooks_down();
        if (before == Before::halted)
            return;
        host.gives(start, "");
        if (before == Before::paused)
            host.gives({"work", "vm.Pause"}, "");
    }

    [[nodiscard]] long left_of_switch() const
    {
        long left = 0;
        host.hypervisor.change(
            [&](fake::World& world) { left = world.switched(work_uuid, "dies-at"); });
        return left;
    }

    Host host{store_with_two_templates()};
};

// Every run that began has ended once.
void check_ends(const Host& host)
{
    const auto hooks = host.hooks_run();
    const auto starts = std::ranges::count(hooks, "domain-start work");
    CHECK(std::ranges::count(hooks, "domain-stopped work") == starts);
    CHECK(std::ranges::count(hooks, "domain-shutdown work") == starts);
    CHECK(host.count("work", "domain-shutdown") == static_cast<std::size_t>(starts));
}

} // namespace

TEST_CASE("a guest that goes while a verb looks at it is cleaned up after, once")
{
    for (const Verb& verb : verbs()) {
        long moments = 0;
        for (;; ++moments) {
            const Ready ready{verb.before};
            const Host& host = ready.host;
            host.hypervisor.turn(work_uuid, "dies-at", moments + 1);
            const Outcome outcome = run_call(host.root, verb.ask);
            if (ready.left_of_switch() > 0)
                break; // it asked less often than that
            INFO(describe(verb.ask)
                 << ", gone before operation " << moments + 1 << ": " << outcome.err);
            CHECK((outcome.status == 0 ||
                   outcome.status == static_cast<int>(Failure::wrong_state) ||
                   (outcome.status == static_cast<int>(Failure::failed) &&
                    verb.before == Before::halted)));
            host.check_locks_free();
            if (verb.ask.payload == "other" && outcome.status != 0)
                CHECK(host.view().property("work", "template") == "fedora-25");
            if (verb.ask.payload != "other") {
                host.gives(start, "");
                host.check_runs("work", work_uuid);
            }
            host.gives(kill_it, "");
            host.check_tidy("work", work_uuid);
            check_ends(host);
        }
        std::cout << describe(verb.ask) << ": gone at " << moments << " moments\n";
        CHECK(moments > 0);
    }
}
