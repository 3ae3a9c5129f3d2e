// SPDX-License-Identifier: GPL-2.0-or-later
//
// How long a program takes from its start to its end.   usage: ratio ROUNDS CALLERS INPUT PROGRAM
// [ARGUMENT...] Runs it ROUNDS times in each of CALLERS processes at once, INPUT on its standard
// input (a `%` in it becomes a number that no other run has), its output thrown away. Prints the
// least and the median time of one run in microseconds, and the wall time divided by all runs.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace {

using Clock = std::chrono::steady_clock;

int input_of(const std::string& text)
{
    const int fd = ::memfd_create("input", 0);
    if (::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        std::exit(1);
    return fd;
}

long run_once(char** argv, int input)
{
    ::lseek(input, 0, SEEK_SET);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const auto start = Clock::now();
    if (::posix_spawnp(&child, argv[0], &actions, nullptr, argv, environ) != 0) {
        std::fprintf(stderr, "cannot run %s\n", argv[0]);
        std::exit(1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    const auto time = Clock::now() - start;
    posix_spawn_file_actions_destroy(&actions);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        std::fprintf(stderr, "%s failed: %d\n", argv[0], status);
        std::exit(1);
    }
    return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 5)
        return 2;
    const int rounds = std::atoi(argv[1]);
    const int callers = std::atoi(argv[2]);
    const auto total = static_cast<std::size_t>(rounds) * static_cast<std::size_t>(callers);
    auto* times = static_cast<long*>(::mmap(nullptr, total * sizeof(long), PROT_READ | PROT_WRITE,
                                            MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    const auto start = Clock::now();
    for (int caller = 0; caller < callers; ++caller) {
        if (::fork() == 0) {
            for (int round = 0; round < rounds; ++round) {
                std::string text = argv[3];
                if (const auto mark = text.find('%'); mark != std::string::npos)
                    text.replace(mark, 1, std::to_string(1000 + round * callers + caller));
                const int input = input_of(text);
                times[caller * rounds + round] = run_once(argv + 4, input);
                ::close(input);
            }
            ::_exit(0);
        }
    }
    bool failed = false;
    for (int status = 0; ::wait(&status) > 0;)
        failed |= status != 0;
    const auto wall =
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
    if (failed)
        return 1;
    std::vector<long> sorted(times, times + total);
    std::sort(sorted.begin(), sorted.end());
    std::printf("%ld %ld %ld\n", sorted.front(), sorted[total / 2],
                wall / static_cast<long>(total));
}
