// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/child.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "support/catch.hpp"

#include <csignal>
#include <fcntl.h>
#include <poll.h>

using namespace qmgmt;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

ChildResult shell(const std::string& script, milliseconds span = seconds{20})
{
    return run_program({"/bin/sh", "-c", script}, Deadline::in(span));
}

} // namespace

TEST_CASE("a program's status and what it said")
{
    const ChildResult result = shell("echo out; echo err >&2; exit 3");
    CHECK(result.status == 3);
    CHECK(result.output == "out\nerr\n");
    CHECK_FALSE(result.timed_out);
    CHECK(shell("kill -TERM $$").status == 128 + SIGTERM);
}

TEST_CASE("a program starts with nothing of ours")
{
    ::setenv("QMGMT_TEST_SECRET", "1", 1);
    sigset_t held;
    sigset_t before;
    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &held, &before);
    CHECK(shell("echo \"[$QMGMT_TEST_SECRET]\"; kill -TERM $$; sleep 5").status == 128 + SIGTERM);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    CHECK(shell("echo \"[$QMGMT_TEST_SECRET]\"; read line || echo empty").output == "[]\nempty\n");
    const Fd ours{::open("/etc/passwd", O_RDONLY | O_CLOEXEC)};
    CHECK(shell("test -e /proc/self/fd/" + std::to_string(ours.get())).status == 1);
}

TEST_CASE("a program reads what it is given, and then the end")
{
    const auto copied = [](const std::string& input) {
        return run_program({"/bin/cat"}, Deadline::in(seconds{20}), {.input = input}).output;
    };
    CHECK(copied("sys-usb 2-1.4\n") == "sys-usb 2-1.4\n");
    CHECK(copied(std::string(most_input, 'x')) == std::string(most_input, 'x'));
    CHECK(copied("").empty());
    CHECK_THROWS_AS(copied(std::string(most_input + 1, 'x')), Error);
    CHECK_THROWS_AS(copied(std::string(1, '\0')), Error);
    // One that reads nothing of it ends as it will.
    CHECK(run_program({"/bin/true"}, Deadline::in(seconds{20}), {.input = "word"}).status == 0);
}

TEST_CASE("a program that takes too long is killed with its children")
{
    const auto begin = Deadline::Clock::now();
    const ChildResult result = shell("sleep 60 & sleep 60", milliseconds{200});
    CHECK(result.timed_out);
    CHECK(result.status == 128 + SIGKILL);
    CHECK(Deadline::Clock::now() - begin < seconds{20});
}

TEST_CASE("what a program leaves in the background is not waited for")
{
    const auto begin = Deadline::Clock::now();
    const ChildResult result = shell("echo here; sleep 30 & echo $!");
    CHECK(result.status == 0);
    CHECK(Deadline::Clock::now() - begin < seconds{20});
    REQUIRE(result.output.starts_with("here\n"));
    ::kill(std::stoi(result.output.substr(5)), SIGKILL);
}

TEST_CASE("of a program that says much the first 64 KiB are kept")
{
    CHECK(shell("head -c 1000000 /dev/zero").output.size() == 65'536);
}

TEST_CASE("a program that is not there")
{
    CHECK_THROWS_AS(run_program({"/nonexistent/program"}, Deadline::in(seconds{1})), Error);
}

TEST_CASE("programs run side by side, each with its own end")
{
    RunningProgram slow{{"/bin/sh", "-c", "sleep 30"}};
    RunningProgram quick{{"/bin/sh", "-c", "echo \"[$QMGMT_TEST_WORD]\"; exit 4"},
                         {"QMGMT_TEST_WORD=own"}};
    pollfd wait{quick.ending(), POLLIN, 0};
    CHECK(::poll(&wait, 1, 20'000) == 1);
    const ChildResult result = quick.finish(Deadline::in(seconds{20}));
    CHECK(result.status == 4);
    CHECK(result.output == "[own]\n");
    wait = {slow.ending(), POLLIN, 0};
    CHECK(::poll(&wait, 1, 0) == 0);
    const ChildResult killed = slow.finish(Deadline::in(milliseconds{0}));
    CHECK(killed.timed_out);
    CHECK(killed.status == 128 + SIGKILL);
}

TEST_CASE("a program nobody waits for any more ends")
{
    int ending = -1;
    {
        const RunningProgram left{{"/bin/sh", "-c", "sleep 60"}};
        ending = ::fcntl(left.ending(), F_DUPFD_CLOEXEC, 0);
    }
    const Fd end{ending};
    pollfd wait{end.get(), POLLIN, 0};
    CHECK(::poll(&wait, 1, 0) == 1);
}

TEST_CASE("a program's errors come apart, and more output than usual, where that is asked for")
{
    const auto run = [](const std::string& script, RunOptions options) {
        return run_program({"/bin/sh", "-c", script}, Deadline::in(seconds{20}), options);
    };
    const ChildResult apart =
        run("echo out; echo err >&2; exec >&-; echo more >&2", {.errors_apart = true});
    CHECK(apart.output == "out\n");
    CHECK(apart.errors == "err\nmore\n");
    const std::string loud = "head -c 300000 /dev/zero | tr '\\0' x; head -c 90000 /dev/zero >&2";
    const ChildResult much = run(loud, {.most_output = 200'000, .errors_apart = true});
    CHECK(much.output == std::string(200'000, 'x'));
    CHECK(much.errors.size() == 16'384);
}
