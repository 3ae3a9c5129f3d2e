// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/child.hpp"

#include "base/account.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"
#include "base/spawner.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::size_t most_errors = 16'384;

std::vector<char*> pointers(const std::vector<std::string>& words)
{
    std::vector<char*> list;
    list.reserve(words.size() + 1);
    for (const std::string& word : words)
        list.push_back(const_cast<char*>(word.c_str())); // POSIX: not modified
    list.push_back(nullptr);
    return list;
}

std::vector<std::string> fresh_environment(const std::vector<std::string>& variables)
{
    std::vector<std::string> environment{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"};
    if (!paths::root().empty())
        environment.push_back("QUBES_MGMT_ROOT=" + paths::root());
    environment.insert(environment.end(), variables.begin(), variables.end());
    return environment;
}

// What posix_spawn is to do, released again.
class SpawnPlan {
public:
    explicit SpawnPlan(StandardEnds ends)
    {
        posix_spawn_file_actions_init(&actions_);
        if (ends.input < 0)
            posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        else
            posix_spawn_file_actions_adddup2(&actions_, ends.input, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, ends.output, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, ends.errors, STDERR_FILENO);
        posix_spawnattr_init(&attributes_);
        sigset_t all;
        sigset_t none;
        sigfillset(&all);
        sigemptyset(&none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                                   POSIX_SPAWN_SETPGROUP);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan()
    {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }

    [[nodiscard]] pid_t spawn(const std::vector<std::string>& words,
                              const std::vector<std::string>& variables) const
    {
        const auto environment = fresh_environment(variables);
        pid_t pid = -1;
        const int error = ::posix_spawn(&pid, words.front().c_str(), &actions_, &attributes_,
                                        pointers(words).data(), pointers(environment).data());
        if (error != 0) {
            errno = error;
            throw_errno(failure::failed, "cannot start a program", words.front());
        }
        return pid;
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

struct Pipe {
    Fd reader; // never waits
    Fd writer;
};

Pipe make_pipe(const std::string& program)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        throw_errno(failure::failed, "cannot start a program", program);
    Pipe pipe{Fd{ends[0]}, Fd{ends[1]}};
    ::fcntl(pipe.writer.get(), F_SETFL, 0); // the program expects to wait when it writes
    return pipe;
}

// Holds all of the input, and then its end: a pipe takes that much whoever reads when.
Fd pipe_with(const std::string& input, const std::string& program)
{
    if (input.size() > most_input || input.find('\0') != std::string::npos)
        throw Error{failure::internal, "cannot start a program: it cannot be given this to read",
                    program};
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw_errno(failure::failed, "cannot start a program", program);
    Fd reader{ends[0]};
    const Fd writer{ends[1]};
    if (!write_all(writer.get(), input))
        throw_errno(failure::failed, "cannot start a program", program);
    return reader;
}

// Reads what is there, and keeps `most` bytes; false at the end.
bool collect(int fd, std::string& output, std::size_t most)
{
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t count = ::read(fd, buffer.data(), buffer.size());
        if (count < 0)
            return errno == EAGAIN || errno == EINTR;
        if (count == 0)
            return false;
        const auto room = most - output.size();
        output.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
    }
}

// setpriv gives up everything of root and becomes the program.
std::vector<std::string> started_as(const Account& user, const std::vector<std::string>& words)
{
    std::vector<std::string> all{"/usr/bin/setpriv", "--reuid=" + user.name,
                                 "--regid=" + std::to_string(user.group), "--init-groups", "--"};
    all.insert(all.end(), words.begin(), words.end());
    return all;
}

std::vector<std::string> variables_of(const Account& user, std::vector<std::string> variables)
{
    for (const auto& [name, value] :
         {std::pair{"HOME", user.home}, std::pair{"USER", user.name},
          std::pair{"LOGNAME", user.name}, std::pair{"SHELL", user.shell}})
        variables.push_back(std::string{name} + "=" + value);
    return variables;
}

} // namespace

pid_t start_program(const std::vector<std::string>& words,
                    const std::vector<std::string>& variables, StandardEnds ends,
                    bool as_user_of_qubes)
{
    const SpawnPlan plan{ends};
    const auto user = as_user_of_qubes && ::geteuid() == 0 ? user_of_qubes() : std::nullopt;
    return user ? plan.spawn(started_as(*user, words), variables_of(*user, variables))
                : plan.spawn(words, variables);
}

int await_program(pid_t pid)
{
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

RunningProgram::RunningProgram(const std::vector<std::string>& words,
                               const std::vector<std::string>& variables, RunOptions options)
    : options_{std::move(options)}
{
    Pipe output = make_pipe(words.front());
    Pipe errors = options_.errors_apart ? make_pipe(words.front()) : Pipe{};
    const int error_end = options_.errors_apart ? errors.writer.get() : output.writer.get();
    const Fd input = options_.input.empty() ? Fd{} : pipe_with(options_.input, words.front());
    pid_ = start_program(words, variables, {input.get(), output.writer.get(), error_end},
                         options_.as_user_of_qubes);
    output_ = std::move(output.reader);
    errors_ = std::move(errors.reader);
    ending_ = Fd{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))};
    if (!ending_) {
        ::kill(-pid_, SIGKILL);
        await_program(pid_);
        throw Error{failure::no_memory, "cannot start a program", words.front()};
    }
}

RunningProgram::~RunningProgram()
{
    if (!ending_)
        return;
    ::kill(-pid_, SIGKILL);
    await_program(pid_);
}

ChildResult RunningProgram::finish(Deadline deadline, int connection)
{
    ChildResult result;
    const auto collect_from = [](Fd& fd, std::string& text, std::size_t most) {
        if (fd && !collect(fd.get(), text, most))
            fd.reset();
    };
    for (;;) {
        std::array<pollfd, 4> wait{{{ending_.get(), POLLIN, 0},
                                    {output_.get(), POLLIN, 0},
                                    {errors_.get(), POLLIN, 0},
                                    {options_.completes ? -1 : connection, 0, 0}}};
        const int ready =
            ::poll(wait.data(), wait.size(), static_cast<int>(deadline.left().count()));
        if (wait[1].revents != 0)
            collect_from(output_, result.output, options_.most_output);
        if (wait[2].revents != 0)
            collect_from(errors_, result.errors, most_errors);
        if (ready > 0 && wait[0].revents != 0)
            break;
        if (deadline.passed() || (ready > 0 && wait[3].revents != 0)) {
            result.timed_out = true;
            ::kill(-pid_, SIGKILL);
            break;
        }
    }
    ending_.reset();
    result.status = await_program(pid_);
    collect_from(output_, result.output, options_.most_output);
    collect_from(errors_, result.errors, most_errors);
    return result;
}

ChildResult run_program(const std::vector<std::string>& words, Deadline deadline,
                        RunOptions options, const std::vector<std::string>& variables)
{
    if (spawner::is_there())
        return spawner::run(words, deadline, variables, options);
    return RunningProgram{words, variables, std::move(options)}.finish(deadline);
}

void execute(const std::vector<std::string>& words, const std::vector<std::string>& variables)
{
    const auto environment = fresh_environment(variables);
    ::execve(words.front().c_str(), pointers(words).data(), pointers(environment).data());
}

} // namespace qmgmt
