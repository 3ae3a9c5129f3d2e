// SPDX-License-Identifier: GPL-2.0-or-later
//
// The socket first, the library when the socket is not enough: one interface, one truth. What List
// makes of it, and who loads the library, is in tests/calls/socket_*.

#include "base/failure.hpp"
#include "lib/hypervisor/session_daemon.hpp"
#include "support/catch.hpp"

#include <csignal>

using namespace qmgmt;
using namespace qmgmt::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

const Uuid uuid = small_plan().uuid;

std::unique_ptr<Hypervisor> connect_first(std::chrono::milliseconds limit = 20s)
{
    HypervisorConfig config;
    config.connection = "qemu:///session";
    config.socket = true;
    config.open = limit;
    config.read = limit;
    config.define = 60s;
    return connect_hypervisor(config);
}

bool same(const DomainStatus& one, const DomainStatus& other)
{
    return one.uuid == other.uuid && one.name == other.name && one.id == other.id &&
           one.state == other.state && one.raw_state == other.raw_state &&
           one.raw_reason == other.raw_reason;
}

// Asked anew, over the socket, as the library says it.
bool both_say(PowerState state)
{
    const DomainStatus over_socket = connect_first()->status(uuid);
    const auto all = connect_first()->list();
    return over_socket.state == state && same(over_socket, connect_session()->status(uuid)) &&
           all.size() == 1 && same(all[0], over_socket);
}

} // namespace

TEST_CASE("socket first: a domain through its life, as the library says it; changes are the "
          "library's")
{
    load_object();
    SessionDaemon daemon;
    CHECK(daemon.exit_of([&] {
        const auto hypervisor = connect_first();
        expect(hypervisor->list().empty(), 1); // nobody at the socket yet: the library starts it
        expect(connect_first()->list().empty(), 2);
        expect(connect_first()->status(uuid).state == PowerState::halted, 3);
        expect(connect_first()->status(uuid).uuid == uuid, 4);
        hypervisor->define(uuid, daemon.definition());
        expect(both_say(PowerState::halted), 5);
        const int id = hypervisor->start_paused(uuid);
        expect(both_say(PowerState::paused) && connect_first()->status(uuid).id == id, 6);
        hypervisor->resume(uuid);
        expect(both_say(PowerState::running), 7);
        expect(hypervisor->kind() == Hypervisor::Kind::qemu, 8);
        // One that has asked over the socket, and then changes, and then asks.
        const auto other = connect_first();
        expect(other->status(uuid).state == PowerState::running, 9);
        other->pause(uuid);
        expect(other->status(uuid).state == PowerState::paused, 10);
        expect(other->list().size() == 1, 11);
        other->destroy(uuid);
        expect(both_say(PowerState::halted), 12);
        other->undefine(uuid);
        expect(connect_first()->list().empty(), 13);
    }) == 0);
}

TEST_CASE("socket first: a daemon that dies between two questions is asked through the library")
{
    load_object();
    SessionDaemon daemon;
    CHECK(daemon.exit_of([&] {
        connect_session()->define(uuid, daemon.definition());
        const auto hypervisor = connect_first();
        expect(hypervisor->list().size() == 1, 1);
        const pid_t first = daemon.pid();
        expect(::kill(first, SIGKILL) == 0, 2);
        expect(hypervisor->list().size() == 1, 3);
        expect(daemon.pid() != first, 4);
        expect(hypervisor->status(uuid).state == PowerState::halted, 5);
    }) == 0);
}

TEST_CASE("socket first: a daemon that hangs costs one limit, socket and library together")
{
    load_object();
    SessionDaemon daemon;
    CHECK(daemon.exit_of([&] {
        static_cast<void>(connect_session()->list());
        expect(::kill(daemon.pid(), SIGSTOP) == 0, 1);
    }) == 0);
    const auto begin = Clock::now();
    CHECK(daemon.exit_of([&] {
        static_cast<void>(connect_first(1s)->list());
        expect(false, 2);
    }) == static_cast<int>(Failure::timeout));
    const auto took = Clock::now() - begin;
    CHECK(took >= 950ms); // half of the limit for the socket, the rest for the library
    CHECK(took < 4s);     // no more, but for what a busy machine adds
}
