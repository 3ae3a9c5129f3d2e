// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/device.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/file_lock.hpp"
#include "base/lock_holder.hpp"
#include "base/piped_program.hpp"
#include "base/spawner.hpp"
#include "confine/confine.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace qmgmt;
using qmgmt::test::Root;

namespace {

using std::chrono::milliseconds;

// A scratch root with programs, and bodies that run below it, confined, with a helper.
struct Stage {
    std::string script(const std::string& name, const std::string& text) const
    {
        const std::string path = root.make_way("/hooks/" + name);
        root.write("/hooks/" + name, "#!/bin/sh\n" + text + "\n");
        ::chmod(path.c_str(), 0755);
        return path;
    }

    [[nodiscard]] bool confined(const std::function<bool()>& body) const
    {
        const std::string hooks = root.make_way("/hooks/x");
        return root.run([&] {
            spawner::prepare(
                {{hooks.substr(0, hooks.size() - 1), "/bin/true"}, {"QREXEC_STARTUP_NOWAIT"}, {}});
            confine({});
            return body();
        });
    }

    [[nodiscard]] std::string written(const char* name) const
    {
        const std::ifstream file{root.make_way(name)};
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }

    Root root;
};

Deadline soon(int ms = 5000)
{
    return Deadline::in(milliseconds{ms});
}

bool fails(Failure kind, const std::function<void()>& body)
{
    try {
        body();
    } catch (const Error& error) {
        return error.kind() == kind;
    }
    return false;
}

bool wait_until(const std::function<bool()>& condition)
{
    for (int i = 0; i < 500; ++i) {
        if (condition())
            return true;
        std::this_thread::sleep_for(milliseconds{10});
    }
    return false;
}

} // namespace

TEST_CASE("spawner: a confined process has programs run, with their words, exit codes and errors")
{
    const Stage stage;
    const auto program = stage.script("show", "echo \"$1 $2\" >&2; exit 7");
    CHECK(stage.confined([&] {
        const ChildResult end = spawner::run({program, "a b", ""}, soon());
        return end.status == 7 && !end.timed_out && end.output == "a b \n";
    }));
    CHECK(stage.confined([&] { return spawner::run({"/bin/true"}, soon()).status == 0; }));
    const auto signalled = stage.script("die", "kill -9 $$");
    CHECK(
        stage.confined([&] { return spawner::run({signalled}, soon()).status == 128 + SIGKILL; }));
}

TEST_CASE("spawner: a program reads what it is given")
{
    const Stage stage;
    const auto program = stage.script("copy", "cat; echo end");
    CHECK(stage.confined([&] {
        const ChildResult end = spawner::run({program}, soon(), {}, {.input = "one\ntwo\n"});
        return end.status == 0 && end.output == "one\ntwo\nend\n";
    }));
    CHECK(stage.confined([&] {
        return fails(Failure::internal, [&] {
            static_cast<void>(spawner::run({program}, soon(), {}, {.input = std::string(1, '\0')}));
        });
    }));
}

TEST_CASE("spawner: root has a program run as the user of group qubes, others as they are")
{
    constexpr const char* program = "/usr/bin/env";
    const auto says = [&](const Root& root, const std::string& command, const std::string& text) {
        return root.run([&] {
            spawner::prepare({{program}, {}, {}});
            confine({});
            const ChildResult end = spawner::run({program, "sh", "-c", command}, soon(), {},
                                                 {.as_user_of_qubes = true});
            return end.status == 0 && end.output == text;
        });
    };
    const Root without;
    CHECK(says(without, "id -u", std::to_string(::geteuid()) + "\n"));
    if (::geteuid() != 0) {
        WARN("skipped: only root can start a program as another user");
        return;
    }
    const Root with;
    with.write("/etc/group", "qubes:x:98:nobody\n");
    with.write("/etc/passwd", "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n");
    CHECK(says(with, "echo $(id -u) $(id -g) $(id -G) $HOME $USER $LOGNAME $SHELL",
               "65534 65534 65534 /nonexistent nobody nobody /bin/false\n"));
    CHECK(says(with, "grep -E '^Cap(Prm|Eff)' /proc/self/status | tr -d '0\\n\\t'",
               "CapPrm:CapEff:"));
}

TEST_CASE("spawner: a program gets a fresh environment, no input, and none of our confinement")
{
    const Stage stage;
    const auto out = stage.root.make_way("/out");
    const auto program = stage.script(
        "env", "{ env | sed 's/=.*//' | sort | tr '\\n' ' '; cat; "
               "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status | tr '\\n' ' '; ulimit -n; } >" +
                   out);
    const std::string own = [] {
        std::ifstream file{"/proc/self/status"};
        std::string text;
        for (std::string line; std::getline(file, line);)
            if (line.starts_with("NoNewPrivs:") || line.starts_with("Seccomp:"))
                text += line + " ";
        return text + std::to_string(::sysconf(_SC_OPEN_MAX)) + "\n";
    }();
    ::setenv("LD_BIND_NOW", "1", 1);
    CHECK(stage.confined(
        [&] { return spawner::run({program}, soon(), {"QREXEC_STARTUP_NOWAIT=1"}).status == 0; }));
    ::unsetenv("LD_BIND_NOW");
    const std::string text = stage.written("/out");
    INFO(text);
    CHECK(text.find("LD_BIND_NOW") == std::string::npos);
    CHECK(text.find("LC_ALL ") != std::string::npos);
    CHECK(text.find("QREXEC_STARTUP_NOWAIT ") != std::string::npos);
    CHECK(text.find("QUBES_MGMT_ROOT ") != std::string::npos);
    CHECK(text.ends_with(own));
}

TEST_CASE("spawner: nothing but what is allowed is run")
{
    const Stage stage;
    const auto program = stage.script("show", "exit 0");
    CHECK(stage.confined([&] {
        const auto denied = [&](const std::string& path) {
            return fails(Failure::denied,
                         [&] { static_cast<void>(spawner::run({path}, soon())); }) &&
                   fails(Failure::denied, [&] { spawner::start_detached({path}); });
        };
        return denied("/bin/sh") && denied("/bin/true/") && denied("true") && denied("") &&
               denied(program.substr(0, program.rfind('/')) + "/../../../../bin/sh") &&
               fails(Failure::denied,
                     [&] {
                         static_cast<void>(spawner::run({program}, soon(), {"LD_PRELOAD=/x.so"}));
                     }) &&
               fails(Failure::failed,
                     [&] { static_cast<void>(spawner::run({program + "-not-there"}, soon())); }) &&
               spawner::run({program}, soon()).status == 0; // it still serves
    }));
}

TEST_CASE("spawner: a program that does not end in time is killed with what it started")
{
    const Stage stage;
    const auto out = stage.root.make_way("/pid");
    const auto program =
        stage.script("hang", "sleep 60 & echo $! >" + out + "; echo begun >&2; wait");
    CHECK(stage.confined([&] {
        const auto begin = std::chrono::steady_clock::now();
        const ChildResult end = spawner::run({program}, soon(300));
        return end.timed_out && end.status == 128 + SIGKILL && end.output == "begun\n" &&
               std::chrono::steady_clock::now() - begin < std::chrono::seconds{3};
    }));
    const std::string process = "/proc/" + std::to_string(std::stoi(stage.written("/pid")));
    CHECK(wait_until([&] {
        std::ifstream state{process + "/stat"};
        std::string text;
        return !std::getline(state, text) || text.find(") Z ") != std::string::npos;
    }));
}

TEST_CASE("spawner: what is in the background does not hold up the end, and lives on")
{
    const Stage stage;
    const auto out = stage.root.make_way("/done");
    // As a daemon: keeps standard error, leaves the group.
    const auto daemon =
        stage.script("daemon", "setsid sh -c 'sleep 1; echo alive >" + out + "' & exit 0");
    const auto begin = std::chrono::steady_clock::now();
    CHECK(stage.confined([&] { return spawner::run({daemon}, soon()).status == 0; }));
    CHECK(std::chrono::steady_clock::now() - begin < milliseconds{900});
    CHECK(wait_until([&] { return stage.written("/done") == "alive\n"; }));
    const auto detached =
        stage.script("later", "echo loud; echo louder >&2; sleep 0.3; echo detached >" + out);
    CHECK(stage.confined([&] {
        spawner::start_detached({detached});
        return true;
    }));
    CHECK(wait_until([&] { return stage.written("/done") == "detached\n"; }));
}

TEST_CASE("spawner: a program that is waited for ends with the process that waits")
{
    const Stage stage;
    const auto out = stage.root.make_way("/pid");
    const auto program = stage.script("hang", "echo $$ >" + out + "; exec sleep 60");
    CHECK_FALSE(stage.confined([&] { // killed by its own alarm
        ::alarm(1);
        static_cast<void>(spawner::run({program}, soon(60'000)));
        return true;
    }));
    const std::string process = "/proc/" + std::to_string(std::stoi(stage.written("/pid")));
    CHECK(wait_until([&] {
        std::ifstream state{process + "/stat"};
        std::string text;
        return !std::getline(state, text) || text.find(") Z ") != std::string::npos;
    }));
}

TEST_CASE("spawner: at most 64 KiB of output are kept, and more does not block")
{
    const Stage stage;
    const auto program = stage.script("loud", "head -c 1000000 /dev/zero | tr '\\0' x >&2");
    CHECK(stage.confined([&] {
        const ChildResult end = spawner::run({program}, soon());
        return end.status == 0 && end.output == std::string(65'536, 'x');
    }));
}

TEST_CASE("spawner: a long report comes whole, what was said beside it apart")
{
    const Stage stage;
    const auto program =
        stage.script("report", "head -c 300000 /dev/zero | tr '\\0' x; echo remark >&2; exit 3");
    CHECK(stage.confined([&] {
        const RunOptions options{.most_output = 1 << 20, .errors_apart = true};
        const ChildResult end = spawner::run({program}, soon(), {}, options);
        return end.status == 3 && end.output == std::string(300'000, 'x') &&
               end.errors == "remark\n" && spawner::run({"/bin/true"}, soon()).output.empty();
    }));
}

TEST_CASE("spawner: a program that completes outlives the process that waits")
{
    const Stage stage;
    const auto out = stage.root.make_way("/done");
    const auto program = stage.script("slow", "sleep 1; echo completed >" + out);
    CHECK_FALSE(stage.confined([&] { // killed by its own alarm
        ::ualarm(200'000, 0);
        static_cast<void>(spawner::run({program}, soon(60'000), {}, {.completes = true}));
        return true;
    }));
    CHECK(wait_until([&] { return stage.written("/done") == "completed\n"; }));
}

TEST_CASE("spawner: devices are opened where that is allowed, and nothing else is")
{
    const Stage stage;
    const auto start = stage.root.make_way("/dev/mapper/vg-");
    // loop 0 is there without a file behind it, and even where the driver is not the node is
    const bool block = ::mknod((start + "volume").c_str(), S_IFBLK | 0600, makedev(7, 0)) == 0;
    if (!block)
        WARN("no device can be made: only refusals are tested");
    stage.root.write("/dev/mapper/vg-file", "");
    stage.root.write("/dev/mapper/vg--other-volume", "");
    CHECK(stage.root.run([&] {
        spawner::prepare({.programs = {}, .variables = {}, .errand = {}, .devices = {start}});
        confine({});
        const auto denied = [&](const std::string& path) {
            return fails(Failure::denied,
                         [&] { static_cast<void>(open_block_device(path, DeviceAccess::read)); });
        };
        const auto code = [](const std::string& path) {
            const Fd device = open_block_device(path, DeviceAccess::write);
            return device ? 0 : errno;
        };
        struct stat facts {};
        const Fd device = block ? open_block_device(start + "volume", DeviceAccess::read) : Fd{};
        const bool opened =
            !block || (!device && (errno == ENXIO || errno == ENODEV)) ||
            (device && ::fstat(device.get(), &facts) == 0 && S_ISBLK(facts.st_mode) &&
             facts.st_rdev == makedev(7, 0) && (::fcntl(device.get(), F_GETFD) & FD_CLOEXEC) != 0);
        return opened && denied("/dev/null") && denied(start) && denied(start + "x/../y") &&
               denied(start + "-other-volume") && denied("") && code(start + "file") == ENOTBLK &&
               code(start + "none") == ENOENT;
    }));
}

TEST_CASE("spawner: devices in a directory are opened at any depth, and none outside")
{
    const Stage stage;
    const auto directory = stage.root.make_way("/dev/zvol/tank/q/x");
    const auto start = directory.substr(0, directory.size() - 1);
    stage.root.write("/dev/zvol/tank/q/app1/private", "");
    stage.root.write("/dev/zvol/tank/qother", "");
    CHECK(stage.root.run([&] {
        spawner::prepare({.programs = {}, .variables = {}, .errand = {}, .devices = {start}});
        confine({});
        const auto denied = [&](const std::string& path) {
            return fails(Failure::denied,
                         [&] { static_cast<void>(open_block_device(path, DeviceAccess::read)); });
        };
        return !open_block_device(start + "app1/private", DeviceAccess::write) &&
               errno == ENOTBLK && denied(start) && denied(start + "../qother") &&
               denied(start + "app1/../../qother") && denied(start + "..") &&
               denied(start.substr(0, start.size() - 1) + "other");
    }));
}

TEST_CASE("spawner: without a helper nothing is run")
{
    CHECK(fails(Failure::internal, [] { static_cast<void>(spawner::run({"/bin/true"}, soon())); }));
}

TEST_CASE("lock: a confined process learns who holds a lock")
{
    const Stage stage;
    const std::string path = stage.root.make_way("/lock");
    const Fd held{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    REQUIRE(try_lock_file(held.get(), LockMode::exclusive));
    const std::string holder = "(pid " + std::to_string(::getpid()) + ")";
    CHECK(stage.confined([&] { return lock_holder(held.get()).ends_with(holder); }));
}

namespace {

// All that the program writes until it closes that end.
std::string all_of(int fd)
{
    std::string text;
    for (;;) {
        struct pollfd wait {
            fd, POLLIN, 0
        };
        std::array<char, 512> buffer{};
        if (::poll(&wait, 1, 5000) <= 0)
            return text + "(waited in vain)";
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got <= 0)
            return text;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

} // namespace

TEST_CASE("piped program: it is fed and read by the call itself, whoever starts it")
{
    const Stage stage;
    const auto program = stage.script("copy", "cat; echo problem >&2; exit 3");
    const auto works = [&] {
        PipedProgram running{{program}};
        const bool fed = write_all(running.input(), "one\ntwo\n");
        running.close_input();
        const std::string output = all_of(running.output());
        const std::string errors = all_of(running.errors());
        return fed && output == "one\ntwo\n" && errors == "problem\n" && running.status() == 3;
    };
    CHECK(stage.root.run(works));
    CHECK(stage.confined(works));
}

TEST_CASE("piped program: the helper does other work while it runs, and keeps how it ended")
{
    const Stage stage;
    const auto program = stage.script("copy", "cat >/dev/null; exit 4");
    CHECK(stage.confined([&] {
        PipedProgram first{{program}};
        PipedProgram second{{program}};
        first.close_input();
        struct pollfd ended {
            first.ending(), POLLIN, 0
        };
        if (::poll(&ended, 1, 5000) != 1)
            return false;
        for (int i = 0; i < 3; ++i)
            if (spawner::run({"/bin/true"}, soon()).status != 0)
                return false;
        second.close_input();
        return second.status() == 4 && first.status() == 4;
    }));
}

TEST_CASE("piped program: one that is not wanted any more is killed with all its group")
{
    const Stage stage;
    const auto program = stage.script("stay", "sleep 1000 & echo $! $$; wait");
    const auto gone = [](const std::string& pids) {
        std::istringstream words{pids};
        for (int pid = 0; words >> pid;)
            if (!wait_until([&] {
                    return !std::filesystem::exists("/proc/" + std::to_string(pid)) ||
                           read_small_file("/proc/" + std::to_string(pid) + "/stat").find(") Z") !=
                               std::string::npos;
                }))
                return false;
        return !pids.empty();
    };
    const auto pids_of = [](const PipedProgram& running) {
        struct pollfd wait {
            running.output(), POLLIN, 0
        };
        std::array<char, 64> buffer{};
        if (::poll(&wait, 1, 5000) != 1)
            return std::string{};
        const ssize_t got = ::read(running.output(), buffer.data(), buffer.size());
        return std::string{buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
    };
    const auto forsaken = [&] {
        std::string pids;
        {
            const PipedProgram running{{program}};
            pids = pids_of(running);
        }
        return gone(pids);
    };
    CHECK(stage.root.run(forsaken));
    CHECK(stage.confined(forsaken));
    // The call ends without a word.
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const Fd reader{ends[0]};
    Fd writer{ends[1]};
    CHECK(stage.confined([&]() -> bool {
        const PipedProgram running{{program}};
        const bool told = write_all(writer.get(), pids_of(running));
        ::_exit(told ? 0 : 1);
    }));
    writer.reset();
    std::array<char, 64> buffer{};
    const ssize_t got = ::read(reader.get(), buffer.data(), buffer.size());
    REQUIRE(got > 0);
    CHECK(gone({buffer.data(), static_cast<std::size_t>(got)}));
}

TEST_CASE("piped program: a call can have no other programs started so")
{
    const Stage stage;
    CHECK(stage.confined(
        [&] { return fails(Failure::denied, [] { PipedProgram running{{"/bin/cat"}}; }); }));
    CHECK(stage.confined([&] {
        return fails(Failure::failed,
                     [&] { PipedProgram running{{stage.root.make_way("/hooks/absent")}}; });
    }));
}
