// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/home/home_program.hpp"

#include "backup/fault.hpp"
#include "backup/home/home_tree.hpp"
#include "base/ascii.hpp"
#include "base/fd.hpp"
#include "confine/landlock.hpp"
#include "names/number.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace qmgmt {
namespace {

using Words = std::vector<std::string>;

constexpr int misuse = static_cast<int>(Failure::protocol);

int say(const Error& error)
{
    static_cast<void>(write_all(STDERR_FILENO,
                                printable(error.text() + " (" + error.detail() + ")", 400) + "\n"));
    return static_cast<int>(error.kind());
}

int measure(const std::string& home)
{
    static_cast<void>(write_all(STDOUT_FILENO, std::to_string(measure_home(home).bytes) + "\n"));
    return 0;
}

// What its user may not read is told on standard error, and is no failure.
int pack(const std::string& home, const std::string& name)
{
    const auto facts = pack_home(home, name, STDOUT_FILENO);
    if (facts.left_out != 0)
        static_cast<void>(write_all(STDERR_FILENO, std::to_string(facts.left_out) + "\n"));
    return 0;
}

// Nothing but the new directory is within reach of what unpacks.
int unpack_confined(const std::string& directory, std::uint64_t limit)
{
    if (::chdir(directory.c_str()) != 0)
        throw_errno(failure::failed, "cannot enter the new directory", directory);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const std::array<PathRight, 1> rights{{{directory, Access::write}}};
    restrict_files(rights);
    unpack_home(STDIN_FILENO, limit);
    return 0;
}

int unpack(const std::string& directory, std::uint64_t limit)
{
    if (!directory.starts_with('/'))
        return misuse;
    ::umask(0077);
    if (::mkdir(directory.c_str(), 0700) != 0)
        throw_errno(failure::failed, "cannot make the new directory", directory);
    const pid_t child = ::fork();
    if (child == 0) {
        try {
            ::_exit(unpack_confined(directory, limit));
        } catch (const Error& error) {
            ::_exit(say(error));
        }
    }
    int status = 0;
    while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    const int code =
        child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : static_cast<int>(Failure::failed);
    if (code != 0)
        static_cast<void>(remove_home(directory));
    return code;
}

int run(const Words& words)
{
    if (words.size() == 2 && words[0] == "measure")
        return measure(words[1]);
    if (words.size() == 3 && words[0] == "pack")
        return pack(words[1], words[2]);
    const auto limit = words.size() == 3 ? parse_decimal(words[2]) : std::nullopt;
    if (words.size() == 3 && words[0] == "unpack" && limit)
        return unpack(words[1], *limit);
    static_cast<void>(write_all(STDERR_FILENO, "usage: qubes-mgmt-home measure HOME | pack HOME "
                                               "NAME | unpack DIRECTORY LIMIT\n"));
    return misuse;
}

} // namespace

int run_home_program(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return run(Words(argv + std::min(argc, 1), argv + argc));
    } catch (const Error& error) {
        return say(error);
    } catch (const std::exception&) {
        return static_cast<int>(Failure::internal);
    }
}

} // namespace qmgmt
