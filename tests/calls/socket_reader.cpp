// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who runs, asked over libvirt's socket of a daemon with real machines: the same as the library
// says, at the price of four messages, however many there are; and without loading it.

#include "calls/socket_world.hpp"
#include "hypervisor/lvrpc/list.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <sys/stat.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::string_view strange_uuid = "00000000-0000-4000-9000-000000000001";

// A domain with a disk of its own.
void start(const SocketWorld& world, const std::string& verb, const std::string& name,
           std::string_view uuid, const std::string& guest)
{
    const std::string image = "/xdg/" + name + ".img";
    world.machine.root.write(image, guest);
    ::chmod(world.machine.root.below(image).c_str(), 0666); // the session's user is another one
    world.machine.session.domain({verb, name, std::string{uuid}, world.machine.root.below(image)});
}

// As test-domain writes it.
std::string rows_of(const std::vector<DomainStatus>& domains)
{
    std::vector<std::string> lines;
    for (const DomainStatus& domain : domains)
        lines.push_back(domain.uuid.text() + " " + std::to_string(domain.id) + " " +
                        std::to_string(domain.raw_state) + " " + std::to_string(domain.raw_reason) +
                        " " + domain.name + "\n");
    std::ranges::sort(lines);
    std::string rows;
    for (const std::string& line : lines)
        rows += line;
    return rows;
}

std::string rows_from(const std::string& socket)
{
    const auto domains =
        lvrpc::list({{socket}, "qemu:///session"}, Deadline::in(std::chrono::seconds{10}));
    REQUIRE(domains);
    return rows_of(*domains);
}

std::string over_the_socket(const SocketWorld& world)
{
    return rows_from(world.back());
}

std::string without_statistics_over_the_socket(const SocketWorld& world)
{
    world.treat_as_without_statistics();
    const std::string rows = rows_from(world.front());
    static_cast<void>(world.proxy->heard());
    return rows;
}

std::string listed(std::string_view firewall, std::string_view net, std::string_view work)
{
    return "dom0 class=AdminVM state=Running\nfedora-25 class=TemplateVM state=Halted\n"
           "fedora-25-dvm class=AppVM state=Halted\nmgr class=AppVM state=Halted\n"
           "sys-firewall class=AppVM state=" +
           std::string{firewall} + "\nsys-net class=AppVM state=" + std::string{net} +
           "\nwork class=AppVM state=" + std::string{work} + "\n";
}

// The library of libvirt and the socket say the same, of so many domains; the library's way takes
// as many messages for each of them together.
std::size_t check_same(const SocketWorld& world, std::ptrdiff_t count, const std::string& expected)
{
    INFO(count);
    const std::string rows = world.machine.session.domain({"list"});
    CHECK(std::ranges::count(rows, '\n') == count);
    CHECK(over_the_socket(world) == rows);
    world.use_socket(true);
    world.says_by_socket(expected);
    // The driver of Xen has no statistics: then it is a message more for each.
    CHECK(without_statistics_over_the_socket(world) == rows);
    std::vector<Heard> whom;
    world.treat_as_without_statistics();
    CHECK(world.list(whom) == expected);
    REQUIRE(whom.size() == 1);
    CHECK(!whom[0].library);
    CHECK(whom[0].procedures == conversation_without_statistics(static_cast<std::size_t>(count)));
    world.use_socket(false);
    CHECK(world.list(whom) == expected);
    REQUIRE(whom.size() == 1); // nobody came to the socket before the library
    CHECK(whom[0].library);
    return whom[0].procedures.size();
}

// What the loader says it loads.
std::string loads(Command command)
{
    command.environment["LD_DEBUG"] = "files";
    const Outcome outcome = run(std::move(command));
    CHECK(outcome.status == 0);
    CHECK(outcome.err.find("libc.so.6") != std::string::npos);
    return outcome.err;
}

} // namespace

TEST_CASE("hypervisor.md 43 59: the socket says what the library says, in as many messages for 500 "
          "domains as for one")
{
    const SocketWorld world;
    const Session& session = world.machine.session;
    check_same(world, 0, listed("Halted", "Halted", "Halted"));

    session.start_paused("work", work_uuid);
    const std::size_t messages = check_same(world, 1, listed("Halted", "Halted", "Paused"));

    session.resume(work_uuid);
    start(world, "start-paused", "sys-firewall", firewall_uuid, guest_image());
    start(world, "start-crashing", "sys-net", net_uuid, guest_that_crashes(1));
    start(world, "start-paused", "another", strange_uuid, guest_image());
    session.destroy(strange_uuid);
    world.machine.await("sys-net", "Crashed");
    session.domain({"define", "46"});
    const std::string expected = listed("Paused", "Crashed", "Running");
    CHECK(check_same(world, 50, expected) == messages);

    session.domain({"define", "496"}); // the first 46 once more
    CHECK(check_same(world, 500, expected) == messages);
}

TEST_CASE("hypervisor.md 58: what does not need libvirt does not load it")
{
    const SocketWorld world;
    constexpr std::string_view library = "libvirt.so";
    CHECK(loads(world.command({"work", "vm.property.Get", "label"})).find(library) ==
          std::string::npos);
    CHECK(loads(world.command({"work", "vm.property.Get", "netvm"})).find(library) ==
          std::string::npos);
    CHECK(loads(world.command()).find(library) == std::string::npos);
    CHECK(loads(world.command({"work", "vm.List"})).find(library) == std::string::npos);
    // Switched off, and loaded: the loader would have told.
    world.use_socket(false);
    CHECK(loads(world.command()).find(library) != std::string::npos);
}
