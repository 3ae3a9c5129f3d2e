// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/cancel.hpp"
#include "backup/fault.hpp"
#include "backup/last_result.hpp"
#include "backup/progress.hpp"
#include "backup/run_lock.hpp"
#include "support/catch.hpp"
#include "support/in_child.hpp"
#include "support/in_root.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

using namespace qmgmt;
using qmgmt::test::Root;

namespace {

const ProfileId nightly = ProfileId::parse("nightly");
const ProfileId other = ProfileId::parse("other");

bool already_running(const std::function<void()>& body)
{
    try {
        body();
    } catch (const BackupError& error) {
        return error.fault() == BackupFault::already_running && error.kind() == Failure::in_use;
    }
    return false;
}

std::string text_of(const std::string& path)
{
    const std::ifstream file{path};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

} // namespace

TEST_CASE("run lock: one backup a profile at a time, and the kernel says whose it is")
{
    const Root root;
    CHECK(root.run([] {
        if (backup_owner(nightly))
            return false; // there is not even a file
        const RunLock lock = RunLock::of_profile(nightly);
        const pid_t us = ::getpid();
        // What a child sees: its own locks are no obstacle to a process.
        return test::in_child([us] {
                   if (backup_owner(nightly) != us || backup_owner(other))
                       return 1;
                   if (!already_running([] { static_cast<void>(RunLock::of_profile(nightly)); }))
                       return 2;
                   if (RunLock::try_profile(nightly) || !RunLock::try_profile(other))
                       return 3;
                   return backup_owner(nightly) == us ? 0 : 4;
               }) == 0;
    }));
}

TEST_CASE("run lock: it goes with its owner, and an old file says nothing")
{
    const Root root;
    root.write("/run/qubes-mgmt/backup/nightly.lock", "1\n");
    CHECK(root.run([] {
        if (backup_owner(nightly))
            return false;
        const int held = test::in_child([]() -> int {
            const RunLock lock = RunLock::of_profile(nightly);
            ::_exit(backup_owner(nightly) ? 1 : 0); // of one's own there is no owner
        });
        return held == 0 && !backup_owner(nightly) && RunLock::try_profile(nightly);
    }));
}

TEST_CASE("run lock: one restore on the host")
{
    const Root root;
    CHECK(root.run([] {
        const RunLock lock = RunLock::of_restore();
        const RunLock backup = RunLock::of_profile(nightly);
        return test::in_child([] {
                   return already_running([] { static_cast<void>(RunLock::of_restore()); }) ? 0 : 1;
               }) == 0;
    }));
}

TEST_CASE("cancel: whose backup another user makes needs root")
{
    if (::geteuid() != 0) {
        std::puts("not root: nobody else can be made to own a backup");
        return;
    }
    const Root root;
    CHECK(root.run([] {
        const Request request{.destination = "dom0", .argument = "nightly"};
        if ((needs_of_cancel(request) & needs_root) != 0)
            return false; // nobody's
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0)
            return false;
        const pid_t owner = ::fork();
        if (owner == 0) {
            const RunLock lock = RunLock::of_profile(nightly);
            const bool ours = (test::in_child([&] {
                                   return (needs_of_cancel(request) & needs_root) == 0 ? 0 : 1;
                               }) == 0);
            constexpr uid_t other_user = 1000;
            const bool told =
                ::setuid(other_user) == 0 && ::write(ends[1], ours ? "y" : "n", 1) == 1;
            while (told)
                ::pause();
            ::_exit(1);
        }
        ::close(ends[1]);
        char ours = 0;
        const bool heard = ::read(ends[0], &ours, 1) == 1;
        const bool theirs = (needs_of_cancel(request) & needs_root) != 0;
        ::kill(owner, SIGKILL);
        ::waitpid(owner, nullptr, 0);
        return heard && ours == 'y' && theirs;
    }));
}

TEST_CASE("last result: what was kept comes back, and a failure takes no archived qube away")
{
    const Root root;
    CHECK(root.run([] {
        if (LastResult::load(nightly))
            return false;
        LastResult last{.start = 100,
                        .end = 200,
                        .result = "ok",
                        .name = "qubes-nightly-2026-01-31T235959",
                        .bytes = 12345678901,
                        .sha256 = std::string(64, 'a'),
                        .qubes = {{"3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e01", "work", 100, true},
                                  {"3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e02", "vault", 50, false}}};
        last.save(nightly);
        const auto back = LastResult::load(nightly);
        if (!back || back->bytes != 12345678901 || back->qubes.size() != 2)
            return false;
        const ArchivedLast* work = back->find("3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e01");
        return back->result == "ok" && back->start == 100 && back->end == 200 &&
               back->name == last.name && back->sha256 == last.sha256 && work != nullptr &&
               work->name == "work" && work->time == 100 && work->tagged &&
               !back->qubes[1].tagged && back->find("x") == nullptr && !LastResult::load(other);
    }));
    root.write("/var/lib/qubes-mgmt/backup/nightly.last", "qube=a b\nqube=\nnonsense\nresult=ok\n");
    CHECK(root.run([] {
        const auto torn = LastResult::load(nightly);
        return torn && torn->qubes.empty() && torn->result == "ok";
    }));
}

TEST_CASE("progress: Info sees how far it is, and only what is finished is at a hundred percent")
{
    const Root root;
    const std::string path = root.make_way("/run/qubes-mgmt/backup/nightly.progress");
    CHECK(root.run([&] {
        Request request;
        {
            BackupProgress progress{request, nightly};
            auto state = BackupProgress::of(nightly);
            if (!state || state->state != "scanning" || state->percent != "0.00")
                return false;
            progress.total(1000);
            progress.qube("work");
            progress.reached(333);
            progress.reached(250); // never back
            progress.state("running");
            state = BackupProgress::of(nightly);
            if (!state || state->state != "running" || state->percent != "33.30" ||
                text_of(path).find("vm=work done=333 total=1000 percent=33.30 rate=") ==
                    std::string::npos)
                return false;
            progress.reached(1000);
            progress.state("verifying");
            if (BackupProgress::of(nightly)->percent != "99.99")
                return false;
            progress.finished();
            if (BackupProgress::of(nightly)->percent != "100.00")
                return false;
        }
        return !BackupProgress::of(nightly) && ::access(path.c_str(), F_OK) != 0;
    }));
}

TEST_CASE("progress: it is written seldom, however often it is told")
{
    const Root root;
    const std::string path = root.make_way("/run/qubes-mgmt/backup/nightly.progress");
    CHECK(root.run([&] {
        Request request;
        BackupProgress progress{request, nightly, 1'000'000};
        const auto began = std::chrono::steady_clock::now();
        for (std::uint64_t done = 0; done < 1'000'000; done += 10)
            progress.reached(done);
        const bool quick =
            std::chrono::steady_clock::now() - began < std::chrono::milliseconds{900};
        return !quick || text_of(path).find("done=0 ") != std::string::npos;
    }));
}

TEST_CASE("progress: a program gets an object a line, of a restore, too")
{
    const Root root;
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const Fd reader{ends[0]};
    Fd writer{ends[1]};
    CHECK(root.run([&] {
        ::dup2(writer.get(), STDERR_FILENO); // NOLINT: this child's own
        Request request;
        request.progress = true;
        BackupProgress progress{request, std::nullopt};
        progress.qube("work");
        progress.total(200);
        progress.reached(50);
        progress.state("running");
        progress.finished();
        return true;
    }));
    writer.reset();
    std::string text(4096, '\0');
    const ssize_t got = ::read(reader.get(), text.data(), text.size());
    REQUIRE(got > 0);
    text.resize(static_cast<std::size_t>(got));
    CHECK(text.starts_with(R"({"state": "scanning", "qube": "", "done": 0, "rate": 0})"
                           "\n"));
    CHECK(text.find(R"({"state": "running", "qube": "work", "done": 50, "total": 200, )"
                    R"("percent": 25.00, "rate": )") != std::string::npos);
    CHECK(text.find(R"("done": 200, "total": 200, "percent": 100.00, )") != std::string::npos);
}
