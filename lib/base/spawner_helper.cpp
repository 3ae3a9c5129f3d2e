// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/spawner_helper.hpp"

#include "base/lock_holder.hpp"
#include "base/spawner_message.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace qmgmt::spawner {
namespace {

using std::chrono::milliseconds;

std::uint64_t number(const std::string& text)
{
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool may_run(const Allowed& allowed, const std::string& program)
{
    if (!program.starts_with('/') || (program + "/").find("/../") != std::string::npos)
        return false;
    return std::ranges::any_of(allowed.programs, [&](const std::string& known) {
        return known.ends_with('/') ? program.starts_with(known) : program == known;
    });
}

bool may_set(const Allowed& allowed, const std::string& variable)
{
    const std::string name = variable.substr(0, variable.find('='));
    return name.size() < variable.size() &&
           std::ranges::find(allowed.variables, name) != allowed.variables.end();
}

// What every program gets: nothing of the caller's but where things are.
std::vector<std::string> base_environment()
{
    std::vector<std::string> variables{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"};
    // HOME and XDG: a session libvirt is found by them.
    for (const char* name : {"TZ", "HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME",
                             "QUBES_MGMT_ROOT"}) {
        if (const char* value = std::getenv(name))
            variables.push_back(std::string{name} + "=" + value);
    }
    return variables;
}

std::vector<char*> pointers(std::vector<std::string>& words)
{
    std::vector<char*> found;
    found.reserve(words.size() + 1);
    for (std::string& word : words)
        found.push_back(word.data());
    found.push_back(nullptr);
    return found;
}

struct Order {
    std::string program;
    std::vector<std::string> words; // its name first
    std::vector<std::string> environment;
};

// Starts it with nothing on standard input and output. Returns 0, or why it could not.
int start(Order& order, short flags, int errors, pid_t& pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    if (errors >= 0)
        ::posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
    sigset_t signals;
    sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes, &signals);
    sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes, &signals);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(
        &attributes, static_cast<short>(flags | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
    const auto words = pointers(order.words);
    const auto environment = pointers(order.environment);
    const int reason = ::posix_spawn(&pid, order.program.c_str(), &files, &attributes, words.data(),
                                     environment.data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    return reason;
}

class Helper {
public:
    Helper(Fd connection, const Allowed& allowed, pid_t call)
        : connection_{std::move(connection)}, allowed_{allowed}, call_{call}
    {
    }

    void serve()
    {
        std::string packet(longest_packet, '\0');
        for (;;) {
            const ssize_t got = ::recv(connection_.get(), packet.data(), packet.size(), MSG_TRUNC);
            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0 || static_cast<std::size_t>(got) > packet.size())
                return; // the call has ended, or is not one of ours
            answer(unpacked(std::string_view{packet}.substr(0, static_cast<std::size_t>(got))));
            while (::waitpid(-1, nullptr, WNOHANG) > 0) {
            }
        }
    }

private:
    void say(const std::vector<std::string>& words) const
    {
        const std::string packet = packed(words);
        [[maybe_unused]] const ssize_t sent =
            ::send(connection_.get(), packet.data(), packet.size(), MSG_NOSIGNAL);
    }

    void answer(const std::vector<std::string>& question)
    {
        if (question.size() == 2 && question[0] == "holder")
            return say({"held", find_lock_holder(static_cast<ino_t>(number(question[1])), call_)});
        if (question.size() == 2 && question[0] == "errand")
            return run_errand(Deadline::in(milliseconds{number(question[1])}));
        if (question.size() < 4)
            return say({"denied"});
        const auto count = number(question[3]);
        if (count > question.size() - 4 || !may_run(allowed_, question[2]))
            return say({"denied"});
        const auto variables = question.begin() + 4 + static_cast<std::ptrdiff_t>(count);
        if (!std::all_of(variables, question.end(),
                         [&](const std::string& variable) { return may_set(allowed_, variable); }))
            return say({"denied"});
        Order order{question[2], {question[2]}, base_environment()};
        order.words.insert(order.words.end(), question.begin() + 4, variables);
        order.environment.insert(order.environment.end(), variables, question.end());
        if (question[0] == "detach")
            return detach(order);
        if (question[0] == "run")
            return run(order, Deadline::in(milliseconds{number(question[1])}));
        say({"denied"});
    }

    void run_errand(Deadline deadline) const
    {
        const pid_t pid = allowed_.errand ? ::fork() : -1;
        if (pid == 0) {
            ::setpgid(0, 0);
            try {
                allowed_.errand();
            } catch (const std::exception&) {
                ::_exit(1);
            }
            ::_exit(0);
        }
        if (pid > 0) {
            ::setpgid(pid, pid); // whoever is first
            const Fd process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
            std::string nothing;
            reap(pid, wait_for(process.get(), -1, deadline, nothing));
        }
        say({"ended", "0"});
    }

    void detach(Order& order) const
    {
        pid_t pid = -1;
        if (const int reason = start(order, POSIX_SPAWN_SETSID, -1, pid); reason != 0)
            return say({"failed", std::strerror(reason)});
        say({"started"});
    }

    void run(Order& order, Deadline deadline)
    {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
            return say({"failed", std::strerror(errno)});
        const Fd errors{ends[0]};
        Fd theirs{ends[1]};
        ::fcntl(theirs.get(), F_SETFL, 0); // the program expects to wait when it writes
        pid_t pid = -1;
        if (const int reason = start(order, POSIX_SPAWN_SETPGROUP, theirs.get(), pid); reason != 0)
            return say({"failed", std::strerror(reason)});
        theirs.reset();
        const Fd process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
        std::string text;
        const bool ended = wait_for(process.get(), errors.get(), deadline, text);
        const int status = reap(pid, ended);
        take(errors.get(), text);
        const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        say({ended ? "ended" : "late", std::to_string(code), text});
    }

    // What has not ended by itself is killed with its whole group.
    static int reap(pid_t pid, bool ended)
    {
        if (!ended)
            ::kill(-pid, SIGKILL);
        int status = 0;
        while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        return status;
    }

    // Until the process ends. Not until its standard error is closed: what it leaves in the
    // background may keep that. False when the deadline passed, or nobody waits for it any more.
    [[nodiscard]] bool wait_for(int process, int errors, Deadline deadline, std::string& text) const
    {
        bool reading = errors >= 0;
        for (;;) {
            std::array<pollfd, 3> waits{pollfd{process, POLLIN, 0}, pollfd{connection_.get(), 0, 0},
                                        pollfd{reading ? errors : -1, POLLIN, 0}};
            const int ready =
                ::poll(waits.data(), waits.size(), static_cast<int>(deadline.left().count()));
            if (ready < 0 && errno == EINTR)
                continue;
            if (ready > 0 && waits[0].revents != 0)
                return true;
            if (ready <= 0 || waits[1].revents != 0)
                return false;
            if (waits[2].revents != 0)
                reading = take(errors, text);
        }
    }

    // What there is to read, kept up to the limit. False at the end.
    static bool take(int errors, std::string& text)
    {
        std::array<char, 4096> bytes{};
        for (;;) {
            const ssize_t got = ::read(errors, bytes.data(), bytes.size());
            if (got <= 0)
                return got < 0 && (errno == EAGAIN || errno == EINTR);
            text.append(bytes.data(),
                        std::min(static_cast<std::size_t>(got), longest_errors - text.size()));
        }
    }

    Fd connection_;
    const Allowed& allowed_;
    pid_t call_;
};

// Nothing of the call's stays open here: who reads its output waits for its end, not for ours.
bool let_go(int connection)
{
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (nothing < 0 || ::dup2(nothing, fd) < 0) // NOLINT: 0 to 2 are inherited on purpose
            return false;
    }
    const auto ours = static_cast<unsigned>(connection);
    return (ours <= 3 || ::close_range(3, ours - 1, 0) == 0) &&
           ::close_range(ours + 1, ~0U, 0) == 0 && ::chdir("/") == 0;
}

} // namespace

void serve(Fd connection, const Allowed& allowed, pid_t call) noexcept
{
    ::setsid(); // what a terminal sends is for the call
    ::umask(022);
    try {
        if (let_go(connection.get()))
            Helper{std::move(connection), allowed, call}.serve();
    } catch (const std::exception&) {
        // The call sees its helper gone.
    }
    ::_exit(0);
}

} // namespace qmgmt::spawner
