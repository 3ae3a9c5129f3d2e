// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.backup.Cancel: it ends the backup whose lock the kernel knows, and never another process.
// Numbers are the vectors of backup.md 6.

#include "calls/backup_world.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::string_view lock_path = "/run/qubes-mgmt/backup/nightly.lock";

const Ask cancel{"dom0", "mgmt.backup.Cancel", "nightly"};

// A process that holds the lock of the profile, if `locks`, and does not want to end, if
// `stubborn`.
class Bystander {
public:
    Bystander(const BackupHost& host, bool locks, bool stubborn)
    {
        host.root.write(lock_path, "");
        std::array<int, 2> ends{};
        REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::signal(SIGTERM, stubborn ? SIG_IGN : SIG_DFL);
            const int file = ::open(host.root.below(lock_path).c_str(), O_RDWR | O_CLOEXEC);
            struct flock lock {};
            lock.l_type = F_WRLCK;
            if (locks && ::fcntl(file, F_SETLK, &lock) != 0)
                ::_exit(1);
            if (::write(ends[1], "x", 1) != 1)
                ::_exit(1);
            for (;;)
                ::pause();
        }
        ::close(ends[1]);
        char ready = 0;
        REQUIRE(::read(ends[0], &ready, 1) == 1);
        ::close(ends[0]);
    }
    Bystander(const Bystander&) = delete;
    Bystander& operator=(const Bystander&) = delete;
    ~Bystander()
    {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] bool lives() const { return ::waitpid(pid_, nullptr, WNOHANG) == 0; }

private:
    pid_t pid_ = -1;
};

} // namespace

TEST_CASE("backup.md 71: where no backup runs there is nothing to cancel, whatever a file says")
{
    const BackupHost host;
    host.set_profile("include: [work]\n");
    BackupHost::check_fault(run_call(host.root, cancel), BackupFault::not_running);
    static_cast<void>(host.archive()); // leaves the file of the lock
    CHECK(host.root.exists(lock_path));
    BackupHost::check_fault(run_call(host.root, cancel), BackupFault::not_running);
    // the number that a dead backup had is another's now
    const Bystander other{host, false, false};
    host.root.write(lock_path, std::to_string(other.pid()) + "\n");
    BackupHost::check_fault(run_call(host.root, cancel), BackupFault::not_running);
    CHECK(other.lives());
    BackupHost::check_fault(run_call(host.root, {"dom0", "mgmt.backup.Cancel", "../x"}),
                            BackupFault::bad_request);
    host.fails({"dom0", "mgmt.backup.Cancel"}, failure::protocol);
    host.fails({"work", "mgmt.backup.Cancel", "nightly"}, failure::protocol);
}

TEST_CASE("backup.md 71: the owner of another profile's lock is left alone")
{
    const BackupHost host;
    const Bystander owner{host, true, false};
    BackupHost::check_fault(run_call(host.root, {"dom0", "mgmt.backup.Cancel", "other"}),
                            BackupFault::not_running);
    CHECK(owner.lives());
    CHECK(run_call(host.root, cancel).status == 0);
    CHECK_FALSE(owner.lives());
}

TEST_CASE("backup cancel: one that does not end is told to be pending")
{
    const BackupHost host;
    const Bystander stubborn{host, true, true};
    const auto begin = std::chrono::steady_clock::now();
    BackupHost::check_fault(
        run_local(host.root, "mgmt.backup.Cancel", {"--plain", "--timeout=0.5", "--arg=nightly"}),
        BackupFault::cancel_pending);
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
    CHECK(stubborn.lives());
}

TEST_CASE("backup.md 65: a backup that is cancelled ends soon, and nothing of it is left")
{
    const BackupHost host;
    host.gives({"mgr", "vm.Start"}, "");
    host.root.write("/usr/bin/qrexec-client",
                    "#!/bin/sh\ncd \"$QUBES_MGMT_ROOT\"\necho > begun\nsleep 100\n");
    fs::permissions(host.root.below("/usr/bin/qrexec-client"), fs::perms{0755});
    host.set_profile("include: [work]\n", "nightly",
                     "destination_vm: mgr\ndestination_path: /home/user\n");
    Process backup{host.command()};
    for (int i = 0; i < 2000 && !host.root.exists("/begun"); ++i)
        ::usleep(5000);
    const auto begin = std::chrono::steady_clock::now();
    const Outcome cancelled = run_call(host.root, cancel);
    INFO(cancelled.err);
    CHECK(cancelled.status == 0);
    CHECK(std::chrono::steady_clock::now() - begin < 4s);
    const Outcome outcome = backup.finish(1s);
    CHECK_FALSE(outcome.timed_out);
    BackupHost::check_fault(outcome, BackupFault::cancelled);
    CHECK(outcome.err.find("Backup cancelled") != std::string::npos);
    CHECK_FALSE(host.timestamp("work"));
    host.check_nothing_left();
    BackupHost::check_fault(run_call(host.root, cancel), BackupFault::not_running);
}
