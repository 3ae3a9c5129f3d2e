// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is made of Xen's answers, and when Xen is asked at all. The real Xen is in tests/xen.

#include "hypervisor/libxl/reader.hpp"
#include "hypervisor/libxl_first.hpp"
#include "lib/hypervisor/xen_double.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <algorithm>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const Uuid work = *Uuid::parse("00000000-0000-0000-0000-000000000001");
const Uuid other = *Uuid::parse("00000000-0000-0000-0000-000000000002");

// libvirt, which says of everybody that it crashed, and remembers what it was asked.
class Libvirt : public Hypervisor {
public:
    explicit Libvirt(std::vector<std::string>& asked) : asked_{asked} {}

    std::vector<DomainStatus> list() override
    {
        note("list");
        return {status_of(work)};
    }
    DomainStatus status(const Uuid& uuid) override
    {
        note("status");
        return status_of(uuid);
    }
    DomainUsage usage(const Uuid&) override
    {
        note("usage");
        return {1, 2, 3};
    }
    void define(const Uuid&, const std::string&) override { note("define"); }
    int start_paused(const Uuid&) override
    {
        note("start_paused");
        return 9;
    }
    void resume(const Uuid&) override { note("resume"); }
    void pause(const Uuid&) override { note("pause"); }
    void request_shutdown(const Uuid&) override { note("request_shutdown"); }
    void destroy(const Uuid&) override { note("destroy"); }
    void undefine(const Uuid&) override { note("undefine"); }
    void attach(const Uuid&, const std::string&) override { note("attach"); }
    void detach(const Uuid&, const std::string&) override { note("detach"); }
    void take_from_host(const PciPlan&) override { note("take"); }
    void give_to_host(const PciPlan&) override { note("give"); }
    void resize_disk(const Uuid&, const std::string&, std::uint64_t) override { note("resize"); }
    std::string live_xml(const Uuid&) override
    {
        note("live_xml");
        return "<domain/>";
    }
    unsigned long version() override { return 9'000'000; }
    Kind kind() override
    {
        note("kind");
        return Kind::test;
    }

private:
    static DomainStatus status_of(const Uuid& uuid)
    {
        return {.uuid = uuid, .name = "x", .id = 7, .state = PowerState::crashed};
    }
    void note(const char* what) { asked_.emplace_back(what); }

    std::vector<std::string>& asked_;
};

struct First {
    explicit First(bool reads_only)
    {
        HypervisorConfig config;
        config.connection = "xen:///";
        config.reads_only = reads_only;
        hypervisor = connect_libxl_first(
            config,
            [this]() -> const qmgmt_xen& {
                if (missing)
                    throw Error{failure::unsupported, "not available"};
                return xen_double_functions();
            },
            [this](const HypervisorConfig& given) {
                CHECK(given.connection == "xen:///");
                ++connected;
                return std::make_unique<Libvirt>(libvirt_asked);
            });
    }

    bool missing = false; // the object, or Xen's libraries
    int connected = 0;
    std::vector<std::string> libvirt_asked;
    std::unique_ptr<Hypervisor> hypervisor;
};

} // namespace

TEST_CASE("hypervisor.md 50: the flags of Xen mean one state each, the graver first")
{
    struct Row {
        int dying;
        int shutdown;
        int reason;
        int paused;
        PowerState state;
    };
    const Row rows[] = {
        {0, 0, -1, 0, PowerState::running},
        {0, 0, -1, 1, PowerState::paused},
        {0, 1, 0, 0, PowerState::halting}, // poweroff
        {0, 1, 1, 0, PowerState::halting}, // reboot
        {0, 1, 4, 0, PowerState::halting}, // watchdog
        {0, 1, 5, 0, PowerState::halting}, // soft reset
        {0, 1, -1, 0, PowerState::halting},
        {0, 1, 2, 0, PowerState::suspended},
        {0, 1, 2, 1, PowerState::suspended},
        {0, 1, 3, 0, PowerState::crashed},
        {0, 1, 3, 1, PowerState::crashed},
        {1, 0, -1, 0, PowerState::dying},
        {1, 1, 3, 1, PowerState::dying},
        {0, 0, 3, 0, PowerState::running}, // a reason counts with its flag only
    };
    for (const Row& row : rows) {
        qmgmt_xen_domain domain = xen_domain(1, work);
        domain.dying = row.dying;
        domain.shutdown = row.shutdown;
        domain.shutdown_reason = row.reason;
        domain.paused = row.paused;
        for (const int busy : {0, 1}) { // an idle domain runs, too
            domain.running = busy;
            domain.blocked = 1 - busy;
            INFO(name(row.state));
            CHECK(libxl::state_of(domain) == row.state);
        }
    }
}

TEST_CASE("libxl: a list has each qube once, without dom0, and its numbers")
{
    XenDouble& xen = new_xen_double();
    qmgmt_xen_domain zombie = xen_domain(3, work);
    zombie.dying = 1;
    qmgmt_xen_domain paused = xen_domain(8, other);
    paused.running = 0;
    paused.paused = 1;
    qmgmt_xen_domain zombie_after = xen_domain(9, other);
    zombie_after.dying = 1;
    xen.domains = {xen_domain(0, Uuid{}), zombie, xen_domain(5, work), paused, zombie_after};
    {
        libxl::Reader reader{xen_double_functions()};
        const auto domains = reader.list();
        REQUIRE(domains.size() == 2);
        CHECK(domains[0].uuid == work);
        CHECK(domains[0].id == 5);
        CHECK(domains[0].state == PowerState::running);
        CHECK(domains[0].raw_state == 1);
        CHECK(domains[0].raw_reason == -1);
        CHECK(domains[1].uuid == other);
        CHECK(domains[1].id == 8);
        CHECK(domains[1].state == PowerState::paused);
        CHECK(domains[1].raw_state == 4);
        CHECK(reader.status(work).id == 5);
        const DomainStatus nobody = reader.status(Uuid::random());
        CHECK(nobody.id == -1);
        CHECK(nobody.state == PowerState::halted);
        CHECK(reader.status(Uuid{}).state == PowerState::halted); // dom0 is no qube here
        xen.domains = {xen_domain(0, Uuid{}), zombie};
        CHECK(reader.status(work).state == PowerState::dying);
    }
    CHECK(xen.open_handles == 0);
    CHECK(xen.unreleased == 0);
}

TEST_CASE("libxl: use of memory and time, the start, the machine, its devices")
{
    XenDouble& xen = new_xen_double();
    xen.domains = {xen_domain(0, Uuid{}), xen_domain(5, work)};
    xen.assignable = {{0, 0, 0x1b, 0}, {0x10, 0xff, 0x1f, 7}};
    xen.assigned[5] = {{0, 3, 0, 1}};
    {
        libxl::Reader reader{xen_double_functions()};
        CHECK(reader.usage(work).maximum_kib == 132096);
        xen.nodes["/local/domain/5/memory/static-max"] = "131072";
        const DomainUsage usage = reader.usage(work);
        CHECK(usage.memory_kib == 131072);
        CHECK(usage.maximum_kib == 131072); // what it was given, as libvirt says it
        CHECK(usage.cpu_time_ns == 1'000'000);
        xen.nodes["/local/domain/5/memory/static-max"] = "-1";
        CHECK(reader.usage(work).maximum_kib == 132096);
        CHECK(reader.usage(other).memory_kib == 0);

        CHECK_FALSE(reader.start_time(work)); // nobody wrote it down
        xen.start_times[5] = 1'700'000'000;
        CHECK(reader.start_time(work) == 1'700'000'000);
        CHECK_FALSE(reader.start_time(other));
        xen.failing["start_time"] = QMGMT_XEN_INTERNAL;
        CHECK(failure_of([&] { static_cast<void>(reader.start_time(work)); }) == Failure::failed);

        CHECK(reader.host().memory_kib == 8 << 20);
        CHECK(reader.host().free_kib == 1 << 20);
        CHECK(reader.host().processors == 4);

        const auto devices = reader.assignable_pci();
        REQUIRE(devices.size() == 2);
        CHECK(devices[1].domain == 0x10);
        CHECK(devices[1].bus == 0xff);
        CHECK(devices[1].device == 0x1f);
        CHECK(devices[1].function == 7);
        CHECK(reader.assigned_pci(5).size() == 1);
        CHECK(reader.assigned_pci(6).empty());
    }
    CHECK(xen.open_handles == 0);
    CHECK(xen.unreleased == 0);
}

TEST_CASE("libxl: disks are listed with whose they are, attached and detached by their name")
{
    XenDouble& xen = new_xen_double();
    xen.domains = {xen_domain(0, Uuid{}), xen_domain(3, other), xen_domain(5, work)};
    xen.disks[5] = {xen_disk(0, "xvda"), xen_disk(2, "xvdi")};
    xen.disks[5][0].writable = 0;
    using namespace std::chrono_literals;
    {
        libxl::Reader reader{xen_double_functions()};
        auto disks = reader.disks(5);
        REQUIRE(disks.size() == 2);
        CHECK(disks[0].target == "xvda");
        CHECK(disks[0].path == "/dev/sda");
        CHECK_FALSE(disks[0].writable);
        CHECK(disks[0].backend == 0);
        CHECK(disks[0].backend_name == "domain 0");
        CHECK(disks[1].backend == 2);
        CHECK(disks[1].backend_name.empty()); // it is gone
        CHECK(reader.disks(7).empty());

        const libxl::XenDisk disk{.backend_name = "domain 3",
                                  .path = "/dev/sr0",
                                  .target = "xvdj",
                                  .writable = false,
                                  .cdrom = true};
        reader.attach_disk(5, disk, 1500ms);
        CHECK(xen.added_script == "(as Xen has it)");
        disks = reader.disks(5);
        REQUIRE(disks.size() == 3);
        CHECK(disks[2].target == "xvdj");
        CHECK(disks[2].path == "/dev/sr0");
        CHECK(disks[2].backend == 3);
        CHECK(disks[2].backend_name == "domain 3");
        CHECK_FALSE(disks[2].writable);
        CHECK(disks[2].cdrom);
        reader.attach_disk(5, {.backend_name = "domain 3", .target = "xvdk", .script = "/s"}, 1s);
        CHECK(xen.added_script == "/s");
        CHECK(reader.disks(5).back().writable);
        reader.detach_disk(5, "xvdj", 2s);
        CHECK(reader.disks(5).size() == 3);
        CHECK(xen.limits == std::vector<int>{1500, 1000, 2000});

        const auto failure = [&](auto&& body) { return failure_of(body); };
        CHECK(failure([&] { reader.detach_disk(5, "xvdj", 1s); }) == Failure::failed);
        CHECK(failure([&] { reader.detach_disk(5, "xvda", 1s); }) == Failure::failed); // dom0's
        CHECK(failure([&] { reader.attach_disk(5, {.backend_name = "nobody"}, 1s); }) ==
              Failure::failed);
        xen.failing["disk_add"] = QMGMT_XEN_EXISTS;
        CHECK(failure([&] { reader.attach_disk(5, disk, 1s); }) == Failure::in_use);
        xen.failing["disk_add"] = QMGMT_XEN_TIMEOUT;
        CHECK(failure([&] { reader.attach_disk(5, disk, 1s); }) == Failure::timeout);
        xen.failing["disk_list"] = QMGMT_XEN_INTERNAL;
        CHECK(failure([&] { static_cast<void>(reader.disks(5)); }) == Failure::failed);
        xen.failing["name"] = QMGMT_XEN_NO_MEMORY;
        CHECK(failure([&] { static_cast<void>(reader.disks(5)); }) == Failure::resources);
    }
    CHECK(xen.open_handles == 0);
    CHECK(xen.unreleased == 0);
}

TEST_CASE("libxl: what goes wrong says what the caller can do about it, and no path")
{
    new_xen_double();
    const auto kind = [](qmgmt_xen_failure failure) {
        xen_double().failing["open"] = failure;
        return failure_of([] { libxl::Reader reader{xen_double_functions()}; });
    };
    CHECK(kind(QMGMT_XEN_UNAVAILABLE) == Failure::failed);
    CHECK(kind(QMGMT_XEN_DENIED) == Failure::failed);
    CHECK(kind(QMGMT_XEN_INTERNAL) == Failure::failed);
    CHECK(kind(QMGMT_XEN_NO_MEMORY) == Failure::resources);
    CHECK(kind(QMGMT_XEN_TIMEOUT) == Failure::timeout);
    CHECK(kind(QMGMT_XEN_BUSY) == Failure::busy);
    CHECK(kind(QMGMT_XEN_EXISTS) == Failure::in_use);
    try {
        xen_double().failing["open"] = QMGMT_XEN_DENIED;
        libxl::Reader reader{xen_double_functions()};
        FAIL("it was opened");
    } catch (const Error& error) {
        CHECK(error.text() == "cannot ask Xen: Xen does not let us in");
        CHECK(error.detail() == "the double -3");
    }
}

TEST_CASE("libxl first: a call that only reads is answered by Xen, and nobody connects to libvirt")
{
    XenDouble& xen = new_xen_double();
    xen.domains = {xen_domain(0, Uuid{}), xen_domain(5, work)};
    {
        First first{true};
        CHECK(first.hypervisor->list().size() == 1);
        CHECK(first.hypervisor->status(work).id == 5);
        CHECK(first.hypervisor->status(other).state == PowerState::halted);
        CHECK(first.hypervisor->usage(work).memory_kib == 131072);
        CHECK(first.hypervisor->kind() == Hypervisor::Kind::xen);
        CHECK(first.connected == 0);
        CHECK(std::ranges::count(xen.asked, "open") == 1); // once for all
        // What only libvirt has.
        CHECK(first.hypervisor->live_xml(work) == "<domain/>");
        CHECK(first.connected == 1);
        CHECK(first.hypervisor->status(work).id == 5);
    }
    CHECK(xen.open_handles == 0);
}

TEST_CASE("libxl first: a call that changes something leaves the changes to libvirt")
{
    XenDouble& xen = new_xen_double();
    xen.domains = {xen_domain(5, work)};
    First first{false};
    CHECK(first.hypervisor->usage(work).cpu_time_ns == 3);
    CHECK(first.hypervisor->kind() == Hypervisor::Kind::test);
    first.hypervisor->define(work, "<domain/>");
    CHECK(first.hypervisor->start_paused(work) == 9);
    first.hypervisor->resume(work);
    first.hypervisor->pause(work);
    first.hypervisor->request_shutdown(work);
    first.hypervisor->attach(work, "<disk/>");
    first.hypervisor->detach(work, "<disk/>");
    first.hypervisor->take_from_host({});
    first.hypervisor->give_to_host({});
    first.hypervisor->resize_disk(work, "/dev/x", 512);
    first.hypervisor->destroy(work);
    first.hypervisor->undefine(work);
    CHECK(first.libvirt_asked == std::vector<std::string>{"usage", "kind", "define", "start_paused",
                                                          "resume", "pause", "request_shutdown",
                                                          "attach", "detach", "take", "give",
                                                          "resize", "destroy", "undefine"});
    CHECK(first.connected == 1);
    // Whether others paused it, too.
    CHECK(xen.asked == std::vector<std::string>{"open", "list"});
}

TEST_CASE("libxl first: who resumes a domain lifts the pauses of others, too")
{
    XenDouble& xen = new_xen_double();
    xen.domains = {xen_domain(5, work), xen_domain(6, other)};
    for (qmgmt_xen_domain& each : xen.domains)
        each.paused = 1;
    xen.pauses = {{5, 3}, {6, 1}};
    First first{false};
    const auto times = [&](const char* what) { return std::ranges::count(xen.asked, what); };

    SECTION("one by one, of that domain alone, after libvirt's own")
    {
        first.hypervisor->resume(work);
        CHECK(first.libvirt_asked == std::vector<std::string>{"resume"});
        CHECK(xen.domains[0].paused == 0);
        CHECK(xen.domains[1].paused == 1);
        CHECK(times("unpause") == 3);
    }
    SECTION("nothing is left to do for one that is gone, or dies")
    {
        xen.domains[0].dying = 1;
        first.hypervisor->resume(work);
        first.hypervisor->resume(Uuid::random());
        CHECK(times("unpause") == 0);
    }
    SECTION("where Xen cannot be asked, libvirt's word is all there is")
    {
        xen.failing["list"] = QMGMT_XEN_INTERNAL;
        first.hypervisor->resume(work);
        CHECK(times("unpause") == 0);
    }
    SECTION("what cannot be lifted is a failure")
    {
        xen.failing["unpause"] = QMGMT_XEN_DENIED;
        CHECK(failure_of([&] { first.hypervisor->resume(work); }) == Failure::failed);
        CHECK(xen.domains[0].paused == 1);
    }
    SECTION("unless somebody else did it meanwhile")
    {
        xen.before["unpause"] = [&] { xen.domains[0].paused = 0; };
        first.hypervisor->resume(work);
        CHECK(times("unpause") == 1);
    }
    SECTION("who pauses it again and again wins")
    {
        xen.pauses[5] = 1000;
        CHECK(failure_of([&] { first.hypervisor->resume(work); }) == Failure::failed);
        CHECK(times("unpause") == 255);
    }
}

TEST_CASE("libxl first: for a change, what libvirt and Xen say of a qube becomes one state")
{
    using enum PowerState;
    struct Row {
        PowerState libvirt;
        PowerState xen;
        PowerState together;
        bool from_xen;
    };
    const Row rows[] = {
        {halted, halted, halted, false},
        {running, running, running, false},
        // A pause by others counts, too; what libvirt paused, only it can let go on.
        {running, paused, paused, false},
        {paused, running, paused, false},
        {paused, paused, paused, false},
        {running, suspended, running, false},
        // It has not heard of the end yet; or has, and cleans up.
        {running, halted, dying, false},
        {paused, halted, dying, false},
        {running, dying, dying, false},
        {running, halting, dying, false},
        {running, crashed, dying, false},
        {dying, crashed, dying, false},
        {dying, running, dying, false},
        {crashed, crashed, dying, false},
        // What is left of an earlier run is no reason to wait.
        {halted, dying, halted, false},
        {halted, halting, halted, false},
        // Somebody else started it.
        {halted, running, running, true},
        {halted, paused, paused, true},
        {halted, suspended, suspended, true},
    };
    for (const Row& row : rows) {
        const DomainStatus libvirt{.uuid = work,
                                   .name = "work",
                                   .id = row.libvirt == halted ? -1 : 5,
                                   .state = row.libvirt};
        const DomainStatus xen{.uuid = work, .id = row.xen == halted ? -1 : 6, .state = row.xen};
        const DomainStatus together = agreed(libvirt, xen);
        INFO(name(row.libvirt) << " and " << name(row.xen));
        CHECK(together.uuid == work);
        CHECK(together.state == row.together);
        CHECK(together.id == (row.from_xen ? xen : libvirt).id);
    }
}

TEST_CASE("libxl first: for a change, Xen is asked besides libvirt, of one qube and of all")
{
    XenDouble& xen = new_xen_double();
    xen.domains = {xen_domain(0, Uuid{}), xen_domain(7, other)};
    First first{false};
    CHECK(first.hypervisor->status(work).state == PowerState::dying); // which libvirt has, crashed
    CHECK(first.hypervisor->status(other).state == PowerState::crashed);
    auto all = first.hypervisor->list();
    REQUIRE(all.size() == 2);
    CHECK(all[0].uuid == work);
    CHECK(all[0].state == PowerState::dying);
    CHECK(all[1].uuid == other);
    CHECK(all[1].id == 7);
    CHECK(all[1].state == PowerState::running);
    CHECK(first.libvirt_asked == std::vector<std::string>{"status", "status", "list"});

    xen.failing["list"] = QMGMT_XEN_INTERNAL;
    CHECK(first.hypervisor->status(work).state == PowerState::crashed); // libvirt's word alone
    all = first.hypervisor->list();
    CHECK(all.size() == 1);
    CHECK(all[0].state == PowerState::crashed);
}

TEST_CASE("libxl first: after a surprise Xen is not asked again")
{
    XenDouble& xen = new_xen_double();
    xen.domains = {xen_domain(5, work)};
    SECTION("the object is missing")
    {
        First first{true};
        first.missing = true;
        CHECK(first.hypervisor->status(work).state == PowerState::crashed);
        first.missing = false;
        CHECK(first.hypervisor->list().front().state == PowerState::crashed);
        CHECK(xen.asked.empty());
        CHECK(first.connected == 1);
    }
    SECTION("Xen cannot be opened, or does not answer")
    {
        for (const char* name : {"open", "list"}) {
            xen = {};
            xen.failing[name] = QMGMT_XEN_UNAVAILABLE;
            First first{true};
            CHECK(first.hypervisor->list().front().state == PowerState::crashed);
            const auto asked = xen.asked.size();
            CHECK(first.hypervisor->status(work).state == PowerState::crashed);
            CHECK(first.hypervisor->usage(work).cpu_time_ns == 3);
            CHECK(first.hypervisor->kind() == Hypervisor::Kind::test);
            CHECK(xen.asked.size() == asked);
            CHECK(first.connected == 1);
        }
    }
}

TEST_CASE("libxl: it is asked on Xen alone, and only if mgmt.conf lets it")
{
    HypervisorConfig config;
    for (const char* connection :
         {"qemu:///session", "offline", "test:///default", "xen+ssh://x/"}) {
        config.connection = connection;
        config.libxl = true;
        CHECK_FALSE(is_xen(config));
        CHECK_FALSE(libxl::may_ask(config));
    }
    for (const char* connection : {"xen:///", "xen:///system"}) {
        config.connection = connection;
        config.libxl = false;
        CHECK(is_xen(config));
        CHECK_FALSE(libxl::may_ask(config));
    }
}
