// SPDX-License-Identifier: GPL-2.0-or-later
//
// The same on a real QEMU below a session daemon, and what happens when that daemon hangs or dies.
// Root cannot use a session daemon: each test runs in a child of an unprivileged user, which also
// shows the exit code of a watchdog that bites.

#include "base/fd.hpp"
#include "hypervisor/hypervisor.hpp"
#include "lib/hypervisor/plan.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/guest.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <grp.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

constexpr uid_t nobody = 65534;
constexpr int unexpected = 100; // exit code of a child that saw something else; its step is added

bool in_time(const std::function<bool()>& seen)
{
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (!seen()) {
        if (std::chrono::steady_clock::now() > patience)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    return true;
}

class SessionDaemon {
public:
    explicit SessionDaemon(const std::string& disk = std::string(std::size_t{1} << 20, '\0'))
    {
        if (::mkdtemp(path_.data()) == nullptr)
            throw std::system_error{errno, std::generic_category(), "mkdtemp"};
        for (const char* const name : {"/run", "/conf", "/cache"})
            fs::create_directory(path_ + name);
        for (const char* const name : {"/root.img", "/more.img"})
            std::ofstream{path_ + name} << disk;
        if (::geteuid() != 0)
            return;
        for (const auto& entry : fs::directory_iterator{path_}) {
            if (::chown(entry.path().c_str(), nobody, nobody) != 0)
                throw std::system_error{errno, std::generic_category(), "chown"};
        }
        if (::chown(path_.c_str(), nobody, nobody) != 0)
            throw std::system_error{errno, std::generic_category(), "chown"};
    }
    SessionDaemon(const SessionDaemon&) = delete;

    ~SessionDaemon()
    {
        for (const char* const file :
             {"libvirt/qemu/run/work.pid", "libvirt/libvirtd.pid", "libvirt/virtlogd.pid"})
            stop(file);
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    // The exit code of a child that does `body` as a user of the session.
    int exit_of(const std::function<void()>& body)
    {
        const pid_t pid = ::fork();
        if (pid == 0) {
            if (::geteuid() == 0 &&
                (::setgroups(0, nullptr) != 0 || ::setresgid(nobody, nobody, nobody) != 0 ||
                 ::setresuid(nobody, nobody, nobody) != 0))
                ::_exit(unexpected - 1);
            ::setenv("HOME", path_.c_str(), 1);
            ::setenv("XDG_RUNTIME_DIR", (path_ + "/run").c_str(), 1);
            ::setenv("XDG_CONFIG_HOME", (path_ + "/conf").c_str(), 1);
            ::setenv("XDG_CACHE_HOME", (path_ + "/cache").c_str(), 1);
            std::signal(SIGPIPE, SIG_IGN); // as every call does
            try {
                body();
            } catch (const Error& error) {
                std::fprintf(stderr, "%s (%s)\n", error.text().c_str(), error.detail().c_str());
                ::_exit(static_cast<int>(error.kind()));
            } catch (...) {
                ::_exit(unexpected - 2);
            }
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(pid, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

    [[nodiscard]] pid_t pid(const std::string& file = "libvirt/libvirtd.pid") const
    {
        const std::string text = read_small_file(path_ + "/run/" + file, 32);
        return text.empty() ? -1 : std::stoi(text);
    }

    [[nodiscard]] std::string definition() const
    {
        DomainPlan plan = small_plan();
        plan.disks = {{"root", path_ + "/root.img", false, true}};
        plan.console_log = path_ + "/console.log";
        return qemu_domain_xml(plan, QemuNet::none);
    }

    // A disk that stands beside, to be attached.
    [[nodiscard]] std::string more() const
    {
        return "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='" +
               path_ + "/more.img'/><target dev='vdi' bus='virtio'/></disk>";
    }

    // Whether the guest has said so before the patience ends.
    [[nodiscard]] bool guest_is_up() const
    {
        return in_time([this] {
            return read_small_file(path_ + "/console.log").find("GUEST UP") != std::string::npos;
        });
    }

private:
    void stop(const std::string& file) const
    {
        const pid_t process = pid(file);
        if (process <= 1)
            return;
        const Fd ending{static_cast<int>(::syscall(SYS_pidfd_open, process, 0))};
        ::kill(process, SIGCONT);
        if (!ending || ::kill(process, SIGTERM) != 0)
            return;
        pollfd wait{ending.get(), POLLIN, 0};
        if (::poll(&wait, 1, 10'000) != 1)
            ::kill(process, SIGKILL);
    }

    std::string path_ = "/tmp/qm.XXXXXX";
};

// Ends the child with a code that says which step was not as expected.
void expect(bool as_expected, int step)
{
    if (!as_expected)
        ::_exit(unexpected + step);
}

std::unique_ptr<Hypervisor> connect_session(std::chrono::seconds read = std::chrono::seconds{10})
{
    HypervisorConfig config;
    config.connection = "qemu:///session";
    config.open = std::chrono::seconds{20};
    config.read = read;
    config.define = std::chrono::seconds{60};
    return connect_hypervisor(config);
}

// The object is loaded before a child drops to a user who may not reach the build folder.
void load_object()
{
    HypervisorConfig config;
    config.connection = "test:///default";
    static_cast<void>(connect_hypervisor(config));
}

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

TEST_CASE("session: beside a daemon that died, reads are asked again and changes are not")
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
