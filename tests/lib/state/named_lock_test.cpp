// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/error.hpp"
#include "state/named_lock.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"

#include <sys/wait.h>
#include <unistd.h>

using namespace qmgmt;
using qmgmt::test::Root;
using std::chrono::milliseconds;

namespace {

// Whether another process gets the lock at once.
bool another_gets(const std::string& name, LockMode mode)
{
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(NamedLock::try_lock(name, mode, "another") ? 0 : 1);
    int status = -1;
    return ::waitpid(child, &status, 0) == child && status == 0;
}

std::string refusal(const std::string& name)
{
    try {
        static_cast<void>(
            NamedLock::wait(name, LockMode::shared, Deadline::in(milliseconds{30}), "late"));
    } catch (const Error& error) {
        return error.kind() == Failure::busy ? error.text() : "another kind";
    }
    return {};
}

} // namespace

TEST_CASE("named lock: one owner, or many who share", "[state]")
{
    const Root root;
    CHECK(root.run([] {
        {
            const auto lock = NamedLock::try_lock("qube/work", LockMode::exclusive, "first");
            if (!lock || another_gets("qube/work", LockMode::shared) ||
                !another_gets("qube/home", LockMode::exclusive))
                return false;
            lock->share();
            if (!another_gets("qube/work", LockMode::shared) ||
                another_gets("qube/work", LockMode::exclusive))
                return false;
        }
        return another_gets("qube/work", LockMode::exclusive); // given back
    }));
}

TEST_CASE("named lock: whether somebody holds it is seen without taking it", "[state]")
{
    const Root root;
    CHECK(root.run([] {
        if (NamedLock::is_held("qube/work"))
            return false; // nobody ever did
        {
            const auto lock = NamedLock::try_lock("qube/work", LockMode::exclusive, "first");
            if (!lock || !NamedLock::is_held("qube/work") || NamedLock::is_held("qube/home"))
                return false;
            lock->share();
            if (NamedLock::is_held("qube/work"))
                return false;
        }
        return !NamedLock::is_held("qube/work");
    }));
}

TEST_CASE("named lock: who waits in vain is told who holds it", "[state]")
{
    const Root root;
    CHECK(root.run([] {
        const auto lock =
            NamedLock::try_lock(qube_lock("work"), LockMode::exclusive, "mgmt.vm.Start");
        const std::string mine = std::to_string(::getpid());
        const pid_t child = ::fork(); // locks belong to open files: this one has its own
        if (child == 0)
            ::_exit(refusal(qube_lock("work")) ==
                            "'work' is busy: mgmt.vm.Start (pid " + mine + ") works on it"
                        ? 0
                        : 1);
        int status = -1;
        return lock && ::waitpid(child, &status, 0) == child && status == 0;
    }));
}

TEST_CASE("named lock: a holder that dies gives it back", "[state]")
{
    const Root root;
    CHECK(root.run([] {
        const pid_t child = ::fork();
        if (child == 0) {
            const auto lock = NamedLock::try_lock("qube/work", LockMode::exclusive, "dying");
            ::_exit(lock ? 0 : 1);
        }
        int status = -1;
        return ::waitpid(child, &status, 0) == child && status == 0 &&
               another_gets("qube/work", LockMode::exclusive);
    }));
}
