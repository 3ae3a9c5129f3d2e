// SPDX-License-Identifier: GPL-2.0-or-later
//
// How many processes and threads a program starts, itself and what it starts in turn: seen with
// ptrace, so that none is missed, however short it lives. For the tests and for tests/bench, which
// builds this header by itself.
#pragma once

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace qmgmt::test {

struct Started {
    int children = 0;
    int status = 0; // of the program itself, as wait gives it
};

// Its input and output are /dev/null, its standard error is the caller's, who has no other child.
inline Started count_children(const char* program, char* const* words, char* const* environment)
{
    const pid_t pid = ::fork();
    if (pid < 0)
        throw std::system_error{errno, std::generic_category(), "fork"};
    if (pid == 0) {
        const int null = ::open("/dev/null", O_RDWR);
        if (null < 0 || ::dup2(null, 0) < 0 || ::dup2(null, 1) < 0 ||
            ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0)
            ::_exit(126);
        ::execve(program, words, environment);
        ::_exit(127);
    }
    constexpr long options =
        PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
    Started started;
    bool is_set = false;
    int status = 0;
    for (pid_t who = 0; (who = ::waitpid(-1, &status, __WALL)) > 0;) {
        if (who == pid && (WIFEXITED(status) || WIFSIGNALED(status)))
            started.status = status;
        if (!WIFSTOPPED(status))
            continue;
        if (who == pid && !is_set) // stopped by its execve
            is_set = ::ptrace(PTRACE_SETOPTIONS, pid, nullptr, options) == 0;
        const int event = status >> 16;
        if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
            event == PTRACE_EVENT_CLONE)
            ++started.children;
        const int signal = WSTOPSIG(status);
        const bool is_tracing = event != 0 || signal == SIGTRAP || signal == SIGSTOP;
        ::ptrace(PTRACE_CONT, who, nullptr, is_tracing ? 0 : signal);
    }
    return started;
}

} // namespace qmgmt::test
