// SPDX-License-Identifier: GPL-2.0-or-later
//
// Loaded into a call (LD_PRELOAD), tries at its very end what its spec may not declare, and says on
// standard error what came of it: "probe WHAT RESULT", the result being 0 or an errno. What it
// tries to open stands in QMGMT_PROBE_FILES, "NAME=PATH" separated by blanks.

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

void report(const std::string& what, long result)
{
    const std::string line = "probe " + what + " " + std::to_string(result) + "\n";
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

// 0, or why not.
int outcome(int result)
{
    if (result < 0)
        return errno;
    ::close(result);
    return 0;
}

void limit(const std::string& name, __rlimit_resource_t resource)
{
    struct rlimit present {};
    ::getrlimit(resource, &present);
    report("limit-" + name,
           present.rlim_max == RLIM_INFINITY ? -1 : static_cast<long>(present.rlim_max));
}

__attribute__((destructor)) void probe()
{
    const char* files = std::getenv("QMGMT_PROBE_FILES");
    std::string_view rest = files == nullptr ? "" : files;
    while (!rest.empty()) {
        const auto end = std::min(rest.find(' '), rest.size());
        const auto equals = rest.find('=');
        const std::string name{rest.substr(0, equals)};
        const std::string path{rest.substr(equals + 1, end - equals - 1)};
        report("read-" + name, outcome(::open(path.c_str(), O_RDONLY | O_CLOEXEC)));
        report("write-" + name, outcome(::open(path.c_str(), O_WRONLY | O_CLOEXEC)));
        report("make-" + name,
               outcome(::open((path + ".made").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    report("socket-inet", outcome(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    report("socket-netlink", outcome(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0)));
    report("socket-unix", outcome(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    report("signal", ::kill(::getppid(), SIGCONT) == 0 ? 0 : errno);
    report("no-new-privileges", ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    report("filter", ::prctl(PR_GET_SECCOMP));
    limit("memory", RLIMIT_AS);
    limit("files", RLIMIT_NOFILE);
    limit("core", RLIMIT_CORE);
    limit("seconds", RLIMIT_CPU);
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(0);
    report("fork", child < 0 ? errno : 0);
    // Last: had it succeeded, nothing more would be said, and this not be loaded again.
    std::array<char, 10> program{"/bin/true"};
    std::array<char*, 2> words{program.data(), nullptr};
    std::array<char*, 1> no_environment{nullptr};
    ::execve(program.data(), words.data(), no_environment.data());
    report("execve", errno);
}

} // namespace
