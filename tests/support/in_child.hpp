// SPDX-License-Identifier: GPL-2.0-or-later
//
// Code that cannot be undone in this process, run in a child.
#pragma once

#include <csignal>
#include <exception>
#include <functional>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace qmgmt::test {

// The exit code of a child that ran `body`, 200 when that threw, 128 + n when signal n ended it. It
// is killed after ten seconds.
[[nodiscard]] inline int in_child(const std::function<int()>& body)
{
    const pid_t child = ::fork();
    if (child < 0)
        throw std::runtime_error{"cannot fork"};
    if (child == 0) {
        ::alarm(10);
        for (const int number : {SIGABRT, SIGSEGV, SIGTERM}) // Catch would report them as its own
            ::signal(number, SIG_DFL);
        int code = 200;
        try {
            code = body();
        } catch (const std::exception&) {
            code = 200;
        }
        ::_exit(code);
    }
    int status = -1;
    if (::waitpid(child, &status, 0) != child)
        throw std::runtime_error{"cannot wait for a child"};
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace qmgmt::test
