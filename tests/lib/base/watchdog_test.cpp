// SPDX-License-Identifier: GPL-2.0-or-later
//
// Each in a child, because a watchdog that bites ends its process.

#include "base/failure.hpp"
#include "base/fd.hpp"
#include "base/watchdog.hpp"
#include "support/catch.hpp"

#include <csignal>
#include <fcntl.h>
#include <functional>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qmgmt;
using namespace std::chrono_literals;

namespace {

constexpr int bitten = static_cast<int>(Failure::timeout);

struct Ended {
    int code;
    std::string out;
    std::string err;
};

struct Pipe {
    Pipe()
    {
        int ends[2];
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        reads = Fd{ends[0]};
        writes = Fd{ends[1]};
    }
    std::string rest() const
    {
        std::string bytes(65536, '\0');
        const ssize_t got = ::read(reads.get(), bytes.data(), bytes.size());
        bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return bytes;
    }
    Fd reads;
    Fd writes;
};

// A child that does `body` and, if it still can, exits with 0.
Ended child(const std::function<void()>& body)
{
    Pipe out;
    Pipe err;
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        ::dup2(out.writes.get(), STDOUT_FILENO);
        ::dup2(err.writes.get(), STDERR_FILENO);
        ::signal(SIGPIPE, SIG_DFL);
        body();
        ::_exit(0);
    }
    out.writes.reset();
    err.writes.reset();
    int status = 0;
    ::waitpid(pid, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), out.rest(),
            err.rest()};
}

// Waits without a way to be given a deadline; 10 s after which the test has failed anyway.
void hang(std::chrono::milliseconds at_most = 10s)
{
    ::poll(nullptr, 0, static_cast<int>(at_most.count()));
}

void prepare()
{
    watchdog::prepare([] { return watchdog::LastWords{"2\n", "call: timeout: x\n", 42, {}}; });
}

} // namespace

TEST_CASE("watchdog: it says what was prepared and ends the process with that code")
{
    const Ended words = child([] {
        prepare();
        const Watchdog guard{50ms};
        hang();
    });
    CHECK(words.code == 42);
    CHECK(words.out == "2\n");
    CHECK(words.err == "call: timeout: x\n");
    const Ended plain = child([] {
        const Watchdog guard{50ms};
        hang();
    });
    CHECK(plain.code == bitten);
    CHECK(plain.out.empty());
    CHECK(plain.err.starts_with("timeout"));
}

TEST_CASE("watchdog: of guards within guards the one that ends sooner holds, and only in its scope")
{
    CHECK(child([] {
              {
                  const Watchdog guard{50ms};
              }
              hang(200ms);
          }).code == 0);
    CHECK(child([] {
              const Watchdog outer{10s};
              {
                  const Watchdog inner{100ms};
              }
              hang(300ms);
          }).code == 0);
    CHECK(child([] {
              const Watchdog outer{100ms};
              const Watchdog inner{20s};
              hang();
          }).code == bitten);
    CHECK(child([] {
              const Watchdog outer{100ms};
              {
                  const Watchdog inner{10s};
              }
              hang();
          }).code == bitten);
    CHECK(child([] {
              watchdog::cap(100ms);
              const Watchdog guard{20s};
              hang();
          }).code == bitten);
}

TEST_CASE("watchdog: what is left is left of the one that ends soonest")
{
    CHECK(child([] {
              const Watchdog outer{20s};
              const auto within = [](std::chrono::milliseconds left, std::chrono::seconds span) {
                  return left <= span && left > span - 5s;
              };
              if (!within(outer.left(), 20s))
                  ::_exit(1);
              const Watchdog inner{40s};
              if (!within(inner.left(), 20s))
                  ::_exit(2);
              watchdog::cap(10s);
              const Watchdog capped{40s};
              if (!within(capped.left(), 10s))
                  ::_exit(3);
          }).code == 0);
}

TEST_CASE("watchdog: whoever started us and whoever listens cannot keep it from biting")
{
    CHECK(child([] {
              sigset_t all;
              sigfillset(&all);
              ::sigprocmask(SIG_BLOCK, &all, nullptr);
              const Watchdog guard{50ms};
              hang();
          }).code == bitten);
    // Nobody reads what stands in the pipes to 1 and 2, which are full.
    const Ended full = child([] {
        prepare();
        for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
            ::fcntl(fd, F_SETFL, O_NONBLOCK);
            while (::write(fd, "xxxxxxxx", 8) > 0) {
            }
            ::fcntl(fd, F_SETFL, 0);
        }
        const Watchdog guard{50ms};
        hang();
    });
    CHECK(full.code == 42);
    // Nobody is left to read.
    Pipe gone;
    gone.reads.reset();
    CHECK(child([&] {
              prepare();
              ::dup2(gone.writes.get(), STDOUT_FILENO);
              const Watchdog guard{50ms};
              hang();
          }).code == 42);
}
