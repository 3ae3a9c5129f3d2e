// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/start/balancer.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/fake_balancer.hpp"
#include "support/in_root.hpp"

#include <chrono>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using std::chrono::milliseconds;
constexpr std::uint64_t mib = 1'048'576;
constexpr std::string_view socket_path = "/run/qubes/qmemman.sock";

// A machine with what its configuration says about the balancer.
struct Machine {
    explicit Machine(std::string_view configured = "auto")
    {
        root.write("/etc/qubes/mgmt.conf", "qmemman = " + std::string{configured} + "\n");
    }

    [[nodiscard]] std::string socket() const { return root.make_way(socket_path); }

    // Whether asking for room ends with some, or without.
    [[nodiscard]] bool makes(bool reservation, bool on_xen = true) const
    {
        return root.run([&] {
            return MemoryReservation::make("work", 1024 * mib, on_xen, soon()).has_value() ==
                   reservation;
        });
    }

    [[nodiscard]] bool fails(Failure kind, bool on_xen = true) const
    {
        return root.run([&] {
            return failure_of([&] {
                       static_cast<void>(
                           MemoryReservation::make("work", 1024 * mib, on_xen, soon()));
                   }) == kind;
        });
    }

    static Deadline soon() { return Deadline::in(milliseconds{400}); }

    Root root;
};

} // namespace

TEST_CASE("hypervisor.md 56: what is asked for a pv, a pvh and an hvm with its stub domain")
{
    const MemoryNeed pvh{.memory = 400, .maxmem = 4000, .vcpus = 2};
    CHECK(bytes_of(pvh) == 400 * mib + 4 * mib + 3 * mib + 4000 * 8192);
    MemoryNeed pv = pvh;
    pv.has_tables = false;
    CHECK(bytes_of(pv) == 407 * mib);
    MemoryNeed fixed = pvh; // no balancing: what it has at first is all it ever has
    fixed.maxmem = 0;
    CHECK(bytes_of(fixed) == 407 * mib + 400 * 8192);
    MemoryNeed hvm = pvh;
    hvm.stub_domain = 128 + 16;
    CHECK(bytes_of(hvm) == bytes_of(pvh) + 144 * mib);
    MemoryNeed odd = pv;
    odd.vcpus = 3;
    CHECK(bytes_of(odd) == 404 * mib + 4 * mib + mib / 2);
}

TEST_CASE("hypervisor.md 56: the balancer says OK, and room is kept while the connection is open")
{
    const Machine machine;
    const FakeBalancer balancer{machine.socket(), "OK\n"};
    CHECK(machine.root.run([&] {
        const auto room = MemoryReservation::make("work", 1024 * mib, true, Machine::soon());
        return room.has_value();
    }));
    CHECK(balancer.questions() == std::vector<std::string>{"1073741824\n"});
    // Answers come as the balancer likes to write them.
    for (const char* const answer : {"OK", "OK\r\n"}) {
        const Machine another;
        const FakeBalancer says{another.socket(), answer};
        CHECK(another.makes(true));
    }
}

TEST_CASE("hypervisor.md 56: the balancer says FAIL, nonsense, nothing, or goes away")
{
    struct Row {
        std::string answer;
        Failure kind;
    };
    for (const Row& row :
         {Row{"FAIL\n", Failure::resources}, Row{"maybe\n", Failure::failed},
          Row{std::string(5000, 'x'), Failure::failed}, Row{"\n", Failure::failed},
          Row{"hang up", Failure::failed}, Row{"", Failure::timeout}, Row{"F", Failure::timeout}}) {
        INFO(row.answer.substr(0, 10));
        const Machine machine;
        const FakeBalancer balancer{machine.socket(), row.answer};
        CHECK(machine.fails(row.kind));
        CHECK(balancer.questions().size() == 1);
    }
}

TEST_CASE("hypervisor.md 56: a balancer that is not there, by what is configured")
{
    for (const bool leftover : {false, true}) {
        for (const bool xen : {false, true}) {
            const Machine automatic;
            const Machine required{"required"};
            const Machine off{"off"};
            if (leftover) { // its socket is there, and nobody listens
                for (const Machine* machine : {&automatic, &required, &off})
                    FakeBalancer{machine->socket(), "OK\n"};
            }
            CHECK(automatic.makes(false, xen));
            CHECK(required.fails(Failure::unsupported, xen));
            CHECK(off.makes(false, xen));
        }
    }
}

TEST_CASE("hypervisor.md 56: who is asked, by what is configured")
{
    const auto asks = [](std::string_view configured, bool xen) {
        const Machine machine{configured};
        const FakeBalancer balancer{machine.socket(), "OK\n"};
        const bool keeps_room = machine.makes(true, xen);
        CHECK(keeps_room == !balancer.questions().empty());
        return keeps_room;
    };
    CHECK(asks("auto", true));
    CHECK_FALSE(asks("auto", false));
    CHECK(asks("required", true));
    CHECK(asks("required", false));
    CHECK_FALSE(asks("off", true));
}
