// SPDX-License-Identifier: GPL-2.0-or-later
//
// What goes back to the caller, byte for byte: protocol.md 7.2.

#include "calls/world.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

std::string framed(std::string_view content)
{
    return std::string{"0\0", 2} + std::string{content};
}

std::string row_of(const std::string& rows, const std::string& name)
{
    const std::size_t at = ("\n" + rows).find("\n" + name + " ");
    return at == std::string::npos ? "" : rows.substr(at, rows.find('\n', at) - at);
}

} // namespace

TEST_CASE("protocol.md F01 F02: tag.Get framed and plain")
{
    const World world;
    world.gives({"work", "admin.vm.tag.Get", "managed-by-mgr"}, framed("1"));
    world.gives({"work", "vm.tag.Get", "nothing"}, "0");
}

TEST_CASE("protocol.md F06: a per cent sign in the text of a frame is doubled")
{
    // The reason why a qube is bad names what its store says.
    const World world{
        with(store_text("fixture.xml"),
             R"(<volume name="private" pool="lvm" vid="qubes_dom0/vm-work-private")",
             R"(<volume name="private" pool="50%full" vid="qubes_dom0/vm-work-private")")};
    const Ask plain{"work", "vm.tag.List"};
    const Outcome said = run_call(world.root, plain);
    check_refusal(said, "mgmt.vm.tag.List", Failure::store);
    REQUIRE(said.err.find("50%full") != std::string::npos);
    const Outcome frame = run_call(world.root, {"work", "admin.vm.tag.List"});
    check_exception(frame, failure::store);
    CHECK(frame.out.find("50%%full") != std::string::npos);
}

TEST_CASE("protocol.md F07 F08 F09: a denied call")
{
    const World world;
    const Ask plain{"work", "vm.tag.Remove", "created-by-mgr", "", "mgr"};
    Ask frame = plain;
    frame.call = "admin.vm.tag.Remove";
    const Outcome nothing = run_call(world.root, frame);
    CHECK(nothing.out.empty());
    CHECK(nothing.status == 0);
    check_refusal(run_call(world.root, plain), "mgmt.vm.tag.Remove", Failure::denied);

    world.root.configure("hypervisor = offline\ndenied-reply = exception\n");
    const Outcome exception = run_call(world.root, frame);
    CHECK(exception.status == 0);
    const std::string start = std::string{"2\0PermissionDenied\0\0", 20};
    CHECK(exception.out.substr(0, start.size()) == start);
    CHECK(exception.out.size() > start.size() + 1);
    CHECK(exception.out.ends_with('\0'));
    CHECK(world.root.store() == store_text_on_files());
}

TEST_CASE("protocol.md F12 F13 F14: property.Get in both forms")
{
    const World world;
    world.gives({"work", "vm.property.Get", "netvm"}, "default=yes sys-firewall");
    world.gives({"work", "admin.vm.property.Get", "netvm"},
                framed("default=True type=vm sys-firewall"));
    world.gives({"fedora-25", "admin.vm.property.Get", "netvm"}, framed("default=True type=vm "));
}

TEST_CASE("protocol.md F15: a list of two qubes")
{
    const std::string store = store_text("fixture.xml");
    const std::size_t first = store.find("    <domain id=\"domain-1\"");
    const std::size_t work = store.find("    <domain id=\"domain-4\"");
    const World world{store.substr(0, first) + store.substr(work)};
    world.gives({"dom0", "vm.List"},
                "dom0 class=AdminVM state=Running\nwork class=AppVM state=Halted\n");
}

TEST_CASE("protocol.md F16: GetAll keeps a value with a line feed in one row")
{
    const World world;
    world.gives({"work", "vm.property.Set", "kernelopts", "a\\\nb"}, "");
    const Outcome all = run_call(world.root, {"work", "admin.vm.property.GetAll"});
    REQUIRE(all.out.starts_with(std::string{"0\0", 2}));
    CHECK(row_of(all.out.substr(2), "kernelopts") == "kernelopts default=False type=str a\\\\\\nb");
    CHECK(row_of(world.reply({"work", "vm.property.GetAll"}), "kernelopts") ==
          "kernelopts default=no type=str a\\\\\\nb");
}

TEST_CASE("protocol.md F20: a bug in a call")
{
    const World world;
    Command command = remote_command(world.root, {"dom0", "mgmt.test.Broken"});
    command.program = test_program("mgmt.test.Broken");
    command.words = {command.program};
    const Outcome plain = run(command);
    check_refusal(plain, "mgmt.test.Broken", Failure::internal);
    CHECK(plain.err.find("table has no row") == std::string::npos); // that is for the log

    command.words = {"/etc/qubes-rpc/admin.test.Broken"};
    command.environment["QREXEC_SERVICE_FULL_NAME"] = "admin.test.Broken+";
    const Outcome framed_one = run(command);
    CHECK(framed_one.out.empty());
    CHECK(framed_one.status == 13);
}

TEST_CASE("replies: what changes something says nothing, and the frame of nothing is two bytes")
{
    const World world;
    world.gives({"work", "vm.tag.Set", "t"}, "");
    world.gives({"work", "admin.vm.tag.Set", "u"}, framed(""));
}

TEST_CASE("replies: a caller's bytes do not come back in the error line")
{
    const World world;
    for (const Ask& ask : {Ask{"work", "vm.property.Set", "memory", "SeCrEt\x1b[31m"},
                           Ask{"work", "vm.feature.Set", "x", "SeCrEt\n"},
                           Ask{"work", "vm.property.Set", "netvm", "SeCrEt/"}}) {
        Ask from_qube = ask;
        from_qube.caller = "mgr";
        const Outcome outcome = run_call(world.root, from_qube);
        CHECK(outcome.status != 0);
        CHECK(outcome.err.find("SeCrEt") == std::string::npos);
    }
}
