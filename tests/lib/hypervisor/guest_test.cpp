// SPDX-License-Identifier: GPL-2.0-or-later
//
// The guests of the tests do what their names say, on a real QEMU: who relies on a guest that
// ignores its button must not be fooled by one that never booted.

#include "lib/hypervisor/session_daemon.hpp"
#include "support/catch.hpp"
#include "support/guest.hpp"

#include <chrono>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using std::chrono::milliseconds;

const Uuid uuid = small_plan().uuid;

// libvirt's reasons for "shut off".
constexpr int by_itself = 1;
constexpr int destroyed = 2;
constexpr int crashed = 3;

void start(Hypervisor& hypervisor, const SessionDaemon& daemon)
{
    hypervisor.define(uuid, daemon.definition());
    hypervisor.start_paused(uuid);
    hypervisor.resume(uuid);
}

bool is_halted(Hypervisor& hypervisor, int reason)
{
    const DomainStatus status = hypervisor.status(uuid);
    return status.state == PowerState::halted && status.raw_reason == reason;
}

bool keeps_running(Hypervisor& hypervisor, milliseconds span)
{
    const Deadline deadline = Deadline::in(span);
    while (!deadline.passed()) {
        if (hypervisor.status(uuid).state != PowerState::running)
            return false;
        std::this_thread::sleep_for(milliseconds{50});
    }
    return true;
}

} // namespace

TEST_CASE("guest: the one that obeys powers off soon after the button, and boots anew")
{
    load_object();
    const SessionDaemon daemon{guest_image()};
    CHECK(daemon.exit_of([&] {
        const auto hypervisor = connect_session();
        start(*hypervisor, daemon);
        expect(daemon.guest_is_up(), 1);
        hypervisor->request_shutdown(uuid);
        expect(in_time([&] { return is_halted(*hypervisor, by_itself); }), 2);
        expect(hypervisor->start_paused(uuid) > 0, 3);
        // The sign of the first run is gone before the second can say it.
        expect(!wait_for_sign_of_life(daemon.console(), Deadline::in(milliseconds{0})), 4);
        hypervisor->resume(uuid);
        expect(daemon.guest_is_up(), 5);
        hypervisor->request_shutdown(uuid);
        expect(in_time([&] { return is_halted(*hypervisor, by_itself); }), 6);
    }) == 0);
}

TEST_CASE("guest: the one that obeys late loses the first press and obeys a later one")
{
    load_object();
    const SessionDaemon daemon{guest_that_obeys_late(36)}; // two seconds
    CHECK(daemon.exit_of([&] {
        const auto hypervisor = connect_session();
        start(*hypervisor, daemon);
        expect(daemon.guest_is_up(), 1);
        hypervisor->request_shutdown(uuid);
        expect(keeps_running(*hypervisor, milliseconds{4000}), 2);
        hypervisor->request_shutdown(uuid);
        expect(in_time([&] { return is_halted(*hypervisor, by_itself); }), 3);
    }) == 0);
}

TEST_CASE("guest: the one that ignores its button keeps running until it is destroyed")
{
    load_object();
    const SessionDaemon daemon{guest_that_ignores()};
    CHECK(daemon.exit_of([&] {
        const auto hypervisor = connect_session();
        start(*hypervisor, daemon);
        expect(daemon.guest_is_up(), 1);
        hypervisor->request_shutdown(uuid);
        hypervisor->request_shutdown(uuid);
        expect(keeps_running(*hypervisor, milliseconds{2000}), 2);
        hypervisor->destroy(uuid);
        expect(is_halted(*hypervisor, destroyed), 3);
    }) == 0);
}

TEST_CASE("guest: the one that powers itself off does so after its ticks, and not before")
{
    load_object();
    const SessionDaemon daemon{guest_that_powers_off(36)};
    CHECK(daemon.exit_of([&] {
        const auto hypervisor = connect_session();
        start(*hypervisor, daemon);
        expect(daemon.guest_is_up(), 1);
        expect(keeps_running(*hypervisor, milliseconds{1000}), 2);
        expect(in_time([&] { return is_halted(*hypervisor, by_itself); }), 3);
    }) == 0);
}

TEST_CASE("guest: the one that crashes is halted, as a crash")
{
    load_object();
    const SessionDaemon daemon{guest_that_crashes(4)};
    CHECK(daemon.exit_of([&] {
        const auto hypervisor = connect_session();
        start(*hypervisor, daemon);
        expect(daemon.guest_is_up(), 1);
        expect(in_time([&] { return is_halted(*hypervisor, crashed); }), 2);
    }) == 0);
}
