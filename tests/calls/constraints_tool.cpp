// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-constraints-check: what is wrong with the constraints, and which line decides.

#include "calls/world.hpp"
#include "support/catch.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const std::string directory = "/etc/qubes/mgmt-constraints.d";

Outcome check(const World& world, const std::vector<std::string>& words = {})
{
    Command command = local_command(world.root, "vm.List", {});
    command.program = call_path("qubes-mgmt-constraints-check");
    command.words = {command.program};
    command.words.insert(command.words.end(), words.begin(), words.end());
    return run(std::move(command));
}

constexpr const char* lines = R"(# what mgr may choose
mgmt.vm.property.Set  netvm  mgr  @tag:created-by-mgr  value in sys-firewall @none
mgmt.vm.property.Set  memory mgr  *  value between 200 4000
mgmt.vm.property.Set  *      mgr  *  deny
mgmt.vm.Create.*      *      mgr  dom0  field netvm in sys-firewall and max-qubes 2
mgmt.vm.Start         *      mgr  *  max-running 1 # one
mgmt.vm.tag.Set       *      *    *  deny
)";

// "" or what refuses it.
void decides(const World& world, std::vector<std::string> words, std::string_view row,
             std::string_view refusal = "")
{
    words.insert(words.begin(), "--explain");
    const Outcome outcome = check(world, words);
    CHECK(outcome.out == row);
    CHECK(outcome.status == (refusal.empty() ? 0 : static_cast<int>(Failure::denied)));
    CHECK(outcome.err == (refusal.empty() ? ""
                                          : "qubes-mgmt-constraints-check: denied: " +
                                                std::string{refusal} + "\n"));
}

} // namespace

TEST_CASE("constraints-check: nothing is wrong with none, or with good ones")
{
    const World world;
    CHECK(check(world).status == 0);
    world.root.write(directory + "/10-mgr.conf", lines);
    const Outcome outcome = check(world);
    CHECK(outcome.status == 0);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.empty());
}

TEST_CASE("constraints-check: it names every fault with its file and line")
{
    const World world;
    world.root.write(directory + "/10-mgr.conf", "a * * * allow\nnonsense\na * * * permit\n");
    world.root.write(directory + "/20-more.conf", "b * * * value between 5 1\n");
    const Outcome outcome = check(world);
    CHECK(outcome.out ==
          directory + "/10-mgr.conf:2: a line is: call, argument, source, destination, verdict\n" +
              directory + "/10-mgr.conf:3: neither value, field nor arg: 'permit'\n" + directory +
              "/20-more.conf:1: nothing lies between these two: the smaller one comes first\n");
    CHECK(outcome.status == static_cast<int>(Failure::bad_value));
    CHECK(outcome.err == "qubes-mgmt-constraints-check: bad-value: 3 faults found: no qube may "
                         "change anything\n");
    // Whatever a line would say.
    decides(world, {"a", "", "mgr", "work", ""}, "",
            "the constraints are wrong: " + directory +
                "/10-mgr.conf:2: a line is: call, argument, source, destination, verdict");
}

TEST_CASE("constraints-check: it names the line that decides a request")
{
    const World world;
    world.root.write(directory + "/10-mgr.conf", lines);
    const std::string file = directory + "/10-mgr.conf:";
    const auto row = [&](unsigned line) {
        std::string_view rest = lines;
        for (unsigned i = 1; i < line; ++i)
            rest.remove_prefix(rest.find('\n') + 1);
        return file + std::to_string(line) + ": " + std::string{rest.substr(0, rest.find('\n'))} +
               "\n";
    };
    const auto refused = [&](unsigned line) { return "constraint " + file + std::to_string(line); };
    const std::string set = "mgmt.vm.property.Set";
    decides(world, {set, "netvm", "mgr", "work", "sys-firewall"}, row(2));
    decides(world, {set, "netvm", "mgr", "work", ""}, row(2));
    decides(world, {set, "netvm", "mgr", "work", "sys-net"}, row(2), refused(2));
    decides(world, {"admin.vm.property.Set", "netvm", "mgr", "work", "sys-net"}, row(2),
            refused(2));
    decides(world, {set, "memory", "mgr", "sys-net", "0300"}, row(3));
    decides(world, {set, "memory", "mgr", "sys-net", "4001"}, row(3), refused(3));
    decides(world, {set, "label", "mgr", "work", "red"}, row(4), refused(4));
    // The default is looked up, whatever the value says.
    decides(world, {"mgmt.vm.property.Reset", "netvm", "mgr", "work", ""}, row(2));
    world.gives({"dom0", "property.Set", "default_netvm", "sys-net"}, "");
    decides(world, {"mgmt.vm.property.Reset", "netvm", "mgr", "work", ""}, row(2), refused(2));
    const std::vector<std::string> creation{"mgmt.vm.Create.AppVM", "fedora-25", "mgr", "dom0",
                                            "name=n label=red"};
    decides(world, creation, row(5), refused(5));
    world.gives({"dom0", "property.Set", "default_netvm", "sys-firewall"}, "");
    decides(world, creation, row(5));
    decides(world, {"mgmt.vm.Start", "", "mgr", "work", ""}, row(6));
    decides(world, {"mgmt.vm.tag.Set", "x", "work", "mgr", ""}, row(7), refused(7));
    // No line: said beside the answer.
    const auto free = check(world, {"--explain", "mgmt.vm.Kill", "", "mgr", "work", ""});
    CHECK(free.status == 0);
    CHECK(free.out.empty());
    CHECK(free.err == "qubes-mgmt-constraints-check: warning: no line is about it\n");
    CHECK(check(world, {"--explain", "mgmt.vm.tag.Set", "x", "dom0", "mgr", ""}).status == 0);
}

TEST_CASE("constraints-check: words that are no request")
{
    const World world;
    const auto status = [&](const std::vector<std::string>& words) {
        return check(world, words).status;
    };
    const int protocol = static_cast<int>(Failure::protocol);
    CHECK(status({"--explain", "mgmt.vm.Kill", "", "mgr", "work"}) == protocol);
    CHECK(status({"mgmt.vm.Kill", "", "mgr", "work", ""}) == protocol);
    CHECK(status({"--explain", "mgmt.vm.Kill", "", "@anyvm", "work", ""}) == protocol);
    CHECK(status({"--explain", "mgmt.vm.Kill", "", "mgr", "uuid:x", ""}) == protocol);
    CHECK(status({"--explain", "mgmt.vm.Kill", "", "nobody", "work", ""}) ==
          static_cast<int>(Failure::not_found));
}
