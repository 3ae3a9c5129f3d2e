// SPDX-License-Identifier: GPL-2.0-or-later
//
// The library's path to libvirt, through the loadable object, on libvirt's own in-memory driver.

#include "hypervisor/hypervisor.hpp"
#include "lib/hypervisor/plan.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <algorithm>
#include <dlfcn.h>
#include <libvirt/libvirt.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

bool without_statistics = false;

} // namespace

// Stands before libvirt's own, which it asks; or fails as the drivers do that have no statistics.
extern "C" __attribute__((visibility("default"))) int
virConnectGetAllDomainStats(virConnectPtr connection, unsigned int stats,
                            virDomainStatsRecordPtr** records, unsigned int flags)
{
    if (without_statistics)
        return virNodeSuspendForDuration(connection, 0, 0, 0); // the test driver has it not
    static const auto next = reinterpret_cast<decltype(&virConnectGetAllDomainStats)>(
        ::dlsym(RTLD_NEXT, "virConnectGetAllDomainStats"));
    return next(connection, stats, records, flags);
}

namespace {

std::unique_ptr<Hypervisor> in_memory()
{
    HypervisorConfig config;
    config.connection = "test:///default";
    return connect_hypervisor(config);
}

// What we write for QEMU, as a domain of the driver at hand.
std::string definition()
{
    DomainPlan plan = small_plan();
    plan.disks = {{"root", "/nowhere/root.img", false, true}};
    std::string xml = qemu_domain_xml(plan, QemuNet::none);
    xml.replace(xml.find("type=\"qemu\""), 11, "type=\"test\"");
    return xml;
}

bool listed(Hypervisor& hypervisor, const Uuid& uuid)
{
    const auto all = hypervisor.list();
    return std::ranges::find(all, uuid, &DomainStatus::uuid) != all.end();
}

} // namespace

TEST_CASE("libvirt: a domain is defined, listed and forgotten")
{
    const auto hypervisor = in_memory();
    const Uuid uuid = small_plan().uuid;
    CHECK(hypervisor->kind() == Hypervisor::Kind::test);
    CHECK(hypervisor->status(uuid).state == PowerState::halted);
    CHECK(!listed(*hypervisor, uuid));
    hypervisor->define(uuid, definition());
    hypervisor->define(uuid, definition());
    CHECK(hypervisor->status(uuid).state == PowerState::halted);
    CHECK(hypervisor->status(uuid).id == -1);
    CHECK(listed(*hypervisor, uuid));
    hypervisor->undefine(uuid);
    hypervisor->undefine(uuid);
    CHECK(!listed(*hypervisor, uuid));
    CHECK(failure_of([&] { hypervisor->start_paused(uuid); }) == Failure::failed);
}

TEST_CASE("libvirt: a running domain is paused, resumed and destroyed")
{
    const auto hypervisor = in_memory();
    const auto all = hypervisor->list(); // the driver has one that runs
    const auto running = std::ranges::find(all, PowerState::running, &DomainStatus::state);
    REQUIRE(running != all.end());
    const Uuid uuid = running->uuid;
    CHECK(running->id > 0);
    CHECK(running->name == "test");
    CHECK(hypervisor->live_xml(uuid).find(uuid.text()) != std::string::npos);
    hypervisor->pause(uuid);
    CHECK(hypervisor->status(uuid).state == PowerState::paused);
    hypervisor->resume(uuid);
    CHECK(hypervisor->status(uuid).state == PowerState::running);
    CHECK(hypervisor->status(uuid).id == running->id);
    hypervisor->destroy(uuid);
    CHECK(hypervisor->status(uuid).state == PowerState::halted);
    CHECK(hypervisor->status(uuid).id == -1);
    CHECK(failure_of([&] { hypervisor->destroy(uuid); }) == Failure::wrong_state);
}

TEST_CASE("libvirt: a driver without statistics is asked for one domain after the other")
{
    const auto hypervisor = in_memory();
    const auto with = hypervisor->list();
    without_statistics = true;
    const auto one_by_one = hypervisor->list();
    without_statistics = false;
    REQUIRE(!with.empty());
    REQUIRE(one_by_one.size() == with.size());
    for (std::size_t i = 0; i < with.size(); ++i) {
        CHECK(one_by_one[i].uuid == with[i].uuid);
        CHECK(one_by_one[i].name == with[i].name);
        CHECK(one_by_one[i].id == with[i].id);
        CHECK(one_by_one[i].state == with[i].state);
    }
}

TEST_CASE("libvirt: failures say what kind they are, and keep the host's words to themselves")
{
    const auto hypervisor = in_memory();
    const Uuid uuid = small_plan().uuid;
    CHECK(failure_of([&] { hypervisor->define(uuid, "<domain type='test'/>"); }) ==
          Failure::failed);
    std::string clash = definition();
    const std::string other = "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e05";
    hypervisor->define(uuid, clash);
    clash.replace(clash.find(uuid.text()), other.size(), other);
    try {
        hypervisor->define(*Uuid::parse(other), clash);
        FAIL("two domains of one name");
    } catch (const Error& error) {
        CHECK(error.kind() == Failure::in_use);
        CHECK(error.text() ==
              "cannot define the domain: the hypervisor has another domain of that name");
        CHECK(error.detail().find("uuid") != std::string::npos);
    }
    hypervisor->undefine(uuid);
}

TEST_CASE("libvirt: a hypervisor that is not there is a failure, and none is wanted is not")
{
    HypervisorConfig config;
    config.connection = "no-such-driver:///";
    CHECK(failure_of([&] { static_cast<void>(connect_hypervisor(config)); }) == Failure::failed);
    config.connection = "offline";
    const auto none = connect_hypervisor(config);
    CHECK(none->kind() == Hypervisor::Kind::offline);
    CHECK(none->list().empty());
    CHECK(none->status(small_plan().uuid).state == PowerState::halted);
    CHECK(failure_of([&] { none->start_paused(small_plan().uuid); }) == Failure::unsupported);
}
