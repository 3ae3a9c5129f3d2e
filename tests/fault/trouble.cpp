// SPDX-License-Identifier: GPL-2.0-or-later
//
// A hypervisor that is absent, hangs, or dies: each call ends within its deadline with one clear
// line and the right exit code, what it had begun is cleared up by the next one, and a hypervisor
// that cannot be asked is never taken for a halted qube. Elapsed times are printed beside the
// deadlines.

#include "calls/world.hpp"
#include "fault/trap.hpp"
#include "support/catch.hpp"
#include "support/guest.hpp"
#include "support/in_root.hpp"
#include "support/session.hpp"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using std::chrono::milliseconds;

const Ask start{"work", "vm.Start"};
const Ask kill_it{"work", "vm.Kill"};
const Ask list{"work", "vm.List"};

constexpr milliseconds deadline{2000}; // what the configuration below says
constexpr milliseconds destroy_deadline{8000};
constexpr milliseconds slack{3000}; // of a loaded machine, for starting and ending a process

constexpr std::string_view run_record = "/run/qubes-mgmt/run/5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04";

// The fixture on files, with a work that boots the guest from its disk and needs no other qube.
std::string startable()
{
    std::string store = with(store_text_on_files(), "<property name=\"memory\">600</property>",
                             "<property name=\"kernel\"></property>\n"
                             "        <property name=\"memory\">32</property>");
    store = with(store, R"(<feature name="qrexec">1</feature>)", R"(<feature name="qrexec"/>)");
    return with(store, "<property name=\"uuid\">5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04</property>\n",
                "<property name=\"uuid\">5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04</property>\n"
                "        <property name=\"netvm\"></property>\n");
}

struct Machine {
    explicit Machine(const std::string& guest = guest_image()) : root{startable()}
    {
        root.make_images();
        const std::string image = "/var/lib/qm-lvm/vm-templates/fedora-25/root.img";
        root.write(image, guest);
        ::chmod(root.below(image).c_str(), 0600);
        session.emplace(root);
    }

    // The first define of a daemon asks QEMU for its abilities, which takes seconds.
    void warm_up() const
    {
        gives(start, "");
        gives(kill_it, "");
        root.configure("hypervisor = qemu:///session\ntimeout-open = 2\ntimeout-read = 2\n"
                       "timeout-define = 20\ntimeout-start = 2\ntimeout-resume = 2\n"
                       "timeout-destroy = 8\n");
    }

    void gives(const Ask& ask, std::string_view reply) const
    {
        INFO(describe(ask));
        const Outcome outcome = session->run_call(ask);
        CHECK(outcome.err == "");
        CHECK(outcome.out == reply);
        CHECK(outcome.status == 0);
    }

    void refuses(std::string_view trouble, const Command& command, const Ask& ask, Failure kind,
                 milliseconds limit) const
    {
        INFO(trouble << ": " << describe(ask));
        const auto begin = std::chrono::steady_clock::now();
        const Outcome outcome = run(command);
        const auto took =
            std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
        std::printf("%-34s %-10s exit %2d after %5.2f s, deadline %4.1f s: %s",
                    std::string{trouble}.c_str(), ask.call.c_str(), outcome.status,
                    static_cast<double>(took.count()) / 1000,
                    static_cast<double>(limit.count()) / 1000, outcome.err.c_str());
        std::fflush(stdout);
        check_refusal(outcome, full_name(ask.call), kind);
        CHECK(took < limit + slack);
        if (kind == Failure::timeout)
            CHECK(took >= limit);
    }

    // A list that cannot ask says so of each qube, in time and with success: other rows are still
    // worth having.
    void lists_unknown(std::string_view trouble, milliseconds limit) const
    {
        const auto begin = std::chrono::steady_clock::now();
        const Outcome outcome = session->run_call(list);
        const auto took =
            std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
        std::printf("%-34s %-10s exit %2d after %5.2f s, deadline %4.1f s: %s",
                    std::string{trouble}.c_str(), list.call.c_str(), outcome.status,
                    static_cast<double>(took.count()) / 1000,
                    static_cast<double>(limit.count()) / 1000, outcome.out.c_str());
        CHECK(outcome.out == "work class=AppVM state=NA\n");
        CHECK(outcome.err == "");
        CHECK(outcome.status == 0);
        CHECK(took >= limit);
        CHECK(took < limit + slack);
    }

    void refuses(std::string_view trouble, const Ask& ask, Failure kind, milliseconds limit) const
    {
        refuses(trouble, session->command(ask), ask, kind, limit);
    }

    void stop_daemon() const { REQUIRE(::kill(daemon_pid(root), SIGSTOP) == 0); }
    void continue_daemon() const { REQUIRE(::kill(daemon_pid(root), SIGCONT) == 0); }

    // The worker of a start that ran out of time has its own patience.
    void await_settled() const
    {
        const Deadline patience = Deadline::in(milliseconds{10'000});
        while (root.exists(run_record) && !patience.passed())
            std::this_thread::sleep_for(milliseconds{20});
    }

    // What a cut-off start must not leave.
    void check_halted_and_tidy() const
    {
        gives(list, "work class=AppVM state=Halted\n");
        CHECK(!root.exists(run_record));
        for (const char* const role : {"root", "private", "volatile"})
            CHECK(!root.exists(std::string{"/var/lib/qm-lvm/appvms/work/"} + role + "-dirty.img"));
    }

    ScratchRoot root;
    std::optional<Session> session; // once the root's files are as they shall be
};

constexpr std::string_view halted = "work class=AppVM state=Halted\n";
constexpr std::string_view running = "work class=AppVM state=Running\n";

} // namespace

TEST_CASE("hypervisor.md 34: absent, the verbs fail at once and a list says that it does not know")
{
    const Machine machine;
    const auto refuses = [&](std::string_view trouble, const char* variable, std::string value) {
        for (const Ask& ask : {start, kill_it}) {
            Command command = machine.session->command(ask);
            command.environment[variable] = value;
            machine.refuses(trouble, command, ask, Failure::failed, milliseconds{10'000});
        }
        Command command = machine.session->command({"dom0", "vm.List"});
        command.environment[variable] = value;
        const Outcome listed = run(command);
        CHECK(listed.status == 0);
        CHECK(listed.out.starts_with("dom0 class=AdminVM state=Running\n"
                                     "fedora-25 class=TemplateVM state=NA\n"));
        CHECK(listed.out.ends_with("work class=AppVM state=NA\n"));
        CHECK(machine.root.store() == startable());
    };
    refuses("no place for a socket", "XDG_RUNTIME_DIR", "/proc/nowhere");
    machine.check_halted_and_tidy();
    machine.root.configure("hypervisor = qemu+unix:///system?socket=/nonexistent\n");
    refuses("no daemon", "LANG", "C");
    machine.root.configure("hypervisor = nonsense:///\n");
    refuses("no such hypervisor", "LANG", "C");
    const std::string stale = machine.root.below("/stale");
    const auto at = [&](std::string_view driver, const std::string& socket) {
        machine.root.configure("hypervisor = " + std::string{driver} +
                               "+unix:///system?socket=" + socket + "\n");
    };
    {
        const Listener listener{stale};
        ::chmod(stale.c_str(), 0);
        at("qemu", stale);
        refuses("a socket without rights", "LANG", "C");
    }
    ::chmod(stale.c_str(), 0666);
    refuses("a stale socket", "LANG", "C"); // nobody listens any more
    at("xen", machine.root.below("/xdg/run/libvirt/libvirt-sock"));
    refuses("no driver for Xen", "LANG", "C");
    machine.gives({"work", "vm.property.Get", "memory"}, "default=no 32");
    std::filesystem::remove(machine.root.below("/calls/qubes-mgmt-libvirt.so"));
    machine.refuses("no library", start, Failure::unsupported, milliseconds{10'000});
    machine.refuses("no library", kill_it, Failure::unsupported, milliseconds{10'000});
}

TEST_CASE("hypervisor.md 32: hung before, after the connection and during create, all in time")
{
    const Machine machine;
    machine.warm_up();

    machine.stop_daemon();
    for (const Ask& ask : {start, kill_it})
        machine.refuses("hung before the connection", ask, Failure::timeout, deadline);
    machine.lists_unknown("hung before the connection", deadline);
    machine.continue_daemon();
    machine.check_halted_and_tidy();

    const auto hung_at = [&](std::string_view trouble, Procedure procedure, const Ask& ask,
                             milliseconds limit = deadline) {
        const Trap trap{machine.root, procedure, Action::stop};
        machine.refuses(trouble, ask, Failure::timeout, limit);
        CHECK(trap.sprung());
        machine.continue_daemon();
    };
    {
        const Trap trap{machine.root, Procedure::list, Action::stop};
        machine.lists_unknown("hung after the connection", deadline);
        CHECK(trap.sprung());
        machine.continue_daemon();
    }
    hung_at("hung after the connection", Procedure::lookup, start);
    machine.await_settled();
    machine.check_halted_and_tidy();
    hung_at("hung during create", Procedure::create, start);
    machine.gives(start, "");
    {
        const Trap trap{machine.root, Procedure::close, Action::stop};
        const auto begin = std::chrono::steady_clock::now();
        machine.gives(list, running); // nobody waits long for a goodbye
        CHECK(std::chrono::steady_clock::now() - begin < milliseconds{1000});
        CHECK(trap.sprung());
        machine.continue_daemon();
    }
    hung_at("hung during destroy", Procedure::destroy, kill_it, destroy_deadline);
    machine.gives(kill_it, "");
    machine.check_halted_and_tidy();
    hung_at("hung during resume", Procedure::resume, start);
    machine.gives(kill_it, "");
    machine.check_halted_and_tidy();
}

TEST_CASE(
    "hypervisor.md 33: killed between two questions, reads are asked again and verbs fail clearly")
{
    const Machine machine;
    machine.warm_up();
    {
        const Trap trap{machine.root, Procedure::define, Action::kill};
        machine.gives(start, ""); // defining twice does no harm
        CHECK(trap.sprung());
    }
    {
        const Trap trap{machine.root, Procedure::list, Action::kill};
        machine.gives(list, running); // the qube lives on, and the next daemon finds it
        CHECK(trap.sprung());
    }
    {
        const Trap trap{machine.root, Procedure::destroy, Action::kill};
        machine.refuses("killed before destroy", kill_it, Failure::failed, destroy_deadline);
        CHECK(trap.sprung());
    }
    machine.gives(kill_it, "");
    machine.check_halted_and_tidy();
    {
        const Trap trap{machine.root, Procedure::create, Action::kill};
        machine.refuses("killed before create", start, Failure::failed, deadline);
        CHECK(trap.sprung());
    }
    machine.check_halted_and_tidy();
    machine.gives(start, "");
    machine.gives(list, running);
    machine.gives(kill_it, "");
    machine.check_halted_and_tidy();
}

TEST_CASE("hypervisor: a start that is killed while its domain is paused is taken back by the next")
{
    const Machine machine;
    machine.warm_up();
    {
        const Trap trap{machine.root, Procedure::resume, Action::swallow};
        Process cut_off{machine.session->command(start)};
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{30};
        while (!trap.sprung() && std::chrono::steady_clock::now() < patience)
            std::this_thread::sleep_for(milliseconds{5});
        REQUIRE(trap.sprung());
        cut_off.kill_now();
        CHECK(cut_off.finish().status == 128 + SIGKILL);
    }
    machine.gives(list, "work class=AppVM state=Transient\n"); // paused, by a start
    machine.gives(start, "");
    machine.gives(list, running);
    machine.gives(kill_it, "");
    machine.check_halted_and_tidy();
}

TEST_CASE("guest: one that powers off or crashes is halted, and the next verb clears up after it")
{
    for (const std::string& guest : {guest_that_powers_off(9), guest_that_crashes(9)}) {
        const Machine machine{guest};
        machine.gives(start, "");
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{60};
        Outcome seen;
        do {
            std::this_thread::sleep_for(milliseconds{50});
            seen = machine.session->run_call(list);
        } while (seen.out != halted && std::chrono::steady_clock::now() < patience);
        REQUIRE(seen.out == halted);
        CHECK(machine.root.exists(run_record)); // a reading call never clears up
        machine.gives(kill_it, "");
        machine.check_halted_and_tidy();
    }
}

TEST_CASE("store.md 148: beside a foreign daemon Start and Kill refuse")
{
    const World world;
    const Fd listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = world.root.below("/run/qubesd.sock");
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
            0);
    REQUIRE(::listen(listener.get(), 4) == 0);
    world.fails(start, failure::busy);
    world.fails(kill_it, failure::busy);
    world.gives(list, "work class=AppVM state=Halted\n");
}
