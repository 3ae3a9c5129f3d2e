// SPDX-License-Identifier: GPL-2.0-or-later
//
// The same on a real QEMU below a session daemon, and what happens when that daemon hangs or dies.
// See session_daemon.hpp for the children in which the tests run.

#include "lib/hypervisor/session_daemon.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/guest.hpp"

#include <csignal>
#include <cstdlib>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const Uuid uuid = small_plan().uuid;

} // namespace

TEST_CASE("session: a real domain is defined, started, paused, resumed, destroyed, forgotten")
{
    load_object();
    SessionDaemon daemon;
    CHECK(daemon.exit_of([&] {
        const auto hypervisor = connect_session();
        expect(hypervisor->kind() == Hypervisor::Kind::qemu, 1);
        expect(hypervisor->list().empty(), 2);
        hypervisor->define(uuid, daemon.definition());
        expect(hypervisor->status(uuid).state == PowerState::halted, 3);
        const int id = hypervisor->start_paused(uuid);
        expect(id > 0 && hypervisor->status(uuid).id == id, 4);
        expect(hypervisor->status(uuid).state == PowerState::paused, 5);
        hypervisor->resume(uuid);
        expect(hypervisor->status(uuid).state == PowerState::running, 6);
        hypervisor->pause(uuid);
        const auto all = hypervisor->list();
        expect(all.size() == 1 && all[0].uuid == uuid && all[0].name == "work", 7);
        expect(all[0].state == PowerState::paused && all[0].id == id, 8);
        hypervisor->pause(uuid); // succeeds again
        hypervisor->destroy(uuid);
        expect(hypervisor->status(uuid).state == PowerState::halted, 9);
        expect(failure_of([&] { hypervisor->destroy(uuid); }) == Failure::wrong_state, 10);
        hypervisor->undefine(uuid);
        hypervisor->undefine(uuid);
        expect(hypervisor->list().empty(), 11);
    }) == 0);
}

TEST_CASE("session: a daemon that hangs ends the process in time")
{
    load_object();
    SessionDaemon daemon;
    CHECK(daemon.exit_of([&] {
        const auto hypervisor = connect_session(std::chrono::seconds{1});
        expect(hypervisor->list().empty(), 1);
        expect(::kill(daemon.pid(), SIGSTOP) == 0, 2);
        static_cast<void>(hypervisor->list());
        expect(false, 3);
    }) == static_cast<int>(Failure::timeout));
    CHECK(daemon.exit_of([&] {
        HypervisorConfig config;
        config.connection = "qemu:///session";
        config.open = std::chrono::seconds{1};
        static_cast<void>(connect_hypervisor(config));
        expect(false, 4);
    }) == static_cast<int>(Failure::timeout));
}

TEST_CASE("hypervisor.md 33: beside a daemon that died, reads are asked again and changes are not")
{
    load_object();
    SessionDaemon daemon;
    CHECK(daemon.exit_of([&] {
        const auto hypervisor = connect_session();
        hypervisor->define(uuid, daemon.definition());
        const pid_t first = daemon.pid();
        expect(::kill(first, SIGKILL) == 0, 1);
        expect(hypervisor->list().size() == 1, 2); // of the daemon that follows it
        expect(daemon.pid() != first, 3);
        expect(::kill(daemon.pid(), SIGKILL) == 0, 4);
        expect(failure_of([&] { hypervisor->start_paused(uuid); }) == Failure::failed, 5);
        expect(hypervisor->status(uuid).state == PowerState::halted, 6);
        hypervisor->undefine(uuid);
    }) == 0);
}

TEST_CASE("session: a daemon that hangs before it said what it is ends the process in time")
{
    load_object();
    SessionDaemon daemon;
    CHECK(daemon.exit_of([&] {
        const auto hypervisor = connect_session(std::chrono::seconds{1});
        expect(::kill(daemon.pid(), SIGSTOP) == 0, 1);
        static_cast<void>(hypervisor->kind());
        expect(false, 2);
    }) == static_cast<int>(Failure::timeout));
}

TEST_CASE("session: a hypervisor that is gone stays an error until it is back")
{
    load_object();
    SessionDaemon daemon;
    CHECK(daemon.exit_of([&] {
        const auto hypervisor = connect_session();
        const std::string directory = std::getenv("XDG_RUNTIME_DIR");
        expect(::kill(daemon.pid(), SIGKILL) == 0, 1);
        ::setenv("XDG_RUNTIME_DIR", "/proc/none", 1); // no daemon can start here, in five seconds
        expect(failure_of([&] { static_cast<void>(hypervisor->list()); }) == Failure::failed, 2);
        expect(failure_of([&] { hypervisor->destroy(uuid); }) == Failure::failed, 3);
        ::setenv("XDG_RUNTIME_DIR", directory.c_str(), 1);
        expect(hypervisor->list().empty(), 4);
        expect(hypervisor->kind() == Hypervisor::Kind::qemu, 5);
    }) == 0);
}

TEST_CASE("session: a change whose connection breaks is done if the state says so, else it failed")
{
    load_object();
    SessionDaemon daemon;
    CHECK(daemon.exit_of([&] {
        const auto hypervisor = connect_session();
        hypervisor->define(uuid, daemon.definition());
        hypervisor->start_paused(uuid);
        expect(::kill(daemon.pid(), SIGKILL) == 0, 1);
        hypervisor->pause(uuid);
        expect(::kill(daemon.pid(), SIGKILL) == 0, 2);
        expect(failure_of([&] { hypervisor->destroy(uuid); }) == Failure::failed, 3);
        expect(hypervisor->status(uuid).state == PowerState::paused, 4);
        expect(::kill(daemon.pid(), SIGKILL) == 0, 5);
        expect(failure_of([&] { hypervisor->request_shutdown(uuid); }) == Failure::failed, 6);
        hypervisor->resume(uuid); // on a connection of its own
        expect(hypervisor->status(uuid).state == PowerState::running, 7);
        hypervisor->destroy(uuid);
        expect(hypervisor->status(uuid).state == PowerState::halted, 8);
        expect(hypervisor->status(uuid).id == -1, 9);
    }) == 0);
}

TEST_CASE("session: a guest that is asked to shut down does so")
{
    load_object();
    SessionDaemon daemon{guest_image()};
    CHECK(daemon.exit_of([&] {
        const auto hypervisor = connect_session();
        hypervisor->define(uuid, daemon.definition());
        hypervisor->start_paused(uuid);
        hypervisor->resume(uuid);
        expect(daemon.guest_is_up(), 1);
        hypervisor->request_shutdown(uuid);
        expect(in_time([&] { return hypervisor->status(uuid).state == PowerState::halted; }), 2);
        hypervisor->undefine(uuid);
    }) == 0);
}

TEST_CASE("session: a guest that ignores what it is asked keeps running, and keeps its devices")
{
    load_object();
    SessionDaemon daemon{guest_that_ignores()};
    CHECK(daemon.exit_of([&] {
        const auto hypervisor = connect_session();
        hypervisor->define(uuid, daemon.definition());
        hypervisor->start_paused(uuid);
        hypervisor->resume(uuid);
        expect(daemon.guest_is_up(), 1);
        hypervisor->request_shutdown(uuid);
        hypervisor->attach(uuid, daemon.more());
        expect(hypervisor->live_xml(uuid).find("more.img") != std::string::npos, 2);
        expect(failure_of([&] { hypervisor->attach(uuid, daemon.more()); }) == Failure::failed, 3);
        expect(failure_of([&] { hypervisor->detach(uuid, daemon.more()); }) == Failure::failed, 4);
        expect(hypervisor->live_xml(uuid).find("more.img") != std::string::npos, 5);
        expect(hypervisor->status(uuid).state == PowerState::running, 6);
        hypervisor->destroy(uuid);
    }) == 0);
}
