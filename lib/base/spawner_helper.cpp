// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/spawner_helper.hpp"

#include "base/error.hpp"
#include "base/lock_holder.hpp"
#include "base/spawner_message.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
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

// What decides which libvirt a program of ours finds: the one that this call would.
std::vector<std::string> libvirt_variables()
{
    std::vector<std::string> variables;
    for (const char* name :
         {"HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "LD_LIBRARY_PATH"}) {
        if (const char* value = std::getenv(name))
            variables.push_back(std::string{name} + "=" + value);
    }
    return variables;
}

struct Order {
    std::vector<std::string> words;
    std::vector<std::string> variables;
};

class Helper {
public:
    Helper(Fd connection, const Allowed& allowed, pid_t call)
        : connection_{std::move(connection)}, allowed_{allowed}, call_{call}
    {
    }

    void serve()
    {
        std::string packet(longest_question, '\0');
        for (;;) {
            const ssize_t got = ::recv(connection_.get(), packet.data(), packet.size(), MSG_TRUNC);
            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0 || static_cast<std::size_t>(got) > packet.size())
                return; // the call has ended, or is not one of ours
            try {
                answer(unpacked(std::string_view{packet}.substr(0, static_cast<std::size_t>(got))));
            } catch (const Error& error) {
                say({"failed", error.detail()});
            }
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

    void answer(const std::vector<std::string>& question) const
    {
        if (question.size() == 2 && question[0] == "holder")
            return say({"held", find_lock_holder(static_cast<ino_t>(number(question[1])), call_)});
        if (question.size() == 2 && question[0] == "errand")
            return run_errand(Deadline::in(milliseconds{number(question[1])}));
        Order order;
        if (!understood(question, order))
            return say({"denied"});
        if (question[0] == "detach")
            return detach(order);
        run(order, Deadline::in(milliseconds{number(question[1])}));
    }

    // Whether it is an order to run what may be run.
    bool understood(const std::vector<std::string>& question, Order& order) const
    {
        if (question.size() < 4 || (question[0] != "run" && question[0] != "detach"))
            return false;
        const auto count = number(question[2]);
        if (count == 0 || count > question.size() - 3 || !may_run(allowed_, question[3]))
            return false;
        const auto variables = question.begin() + 3 + static_cast<std::ptrdiff_t>(count);
        order = {{question.begin() + 3, variables}, {variables, question.end()}};
        if (!std::ranges::all_of(order.variables, [&](const std::string& variable) {
                return may_set(allowed_, variable);
            }))
            return false;
        const auto more = libvirt_variables();
        order.variables.insert(order.variables.end(), more.begin(), more.end());
        return true;
    }

    void run(const Order& order, Deadline deadline) const
    {
        RunningProgram program{order.words, order.variables};
        const ChildResult result = program.finish(deadline, connection_.get());
        say({result.timed_out ? "late" : "ended", std::to_string(result.status), result.output});
    }

    // Standard input, output and error are the helper's: /dev/null.
    void detach(const Order& order) const
    {
        if (::access(order.words.front().c_str(), X_OK) != 0)
            return say({"failed", std::strerror(errno)});
        const pid_t pid = ::fork();
        if (pid == 0) {
            ::setsid();
            ::signal(SIGPIPE, SIG_DFL);
            sigset_t none;
            sigemptyset(&none);
            ::sigprocmask(SIG_SETMASK, &none, nullptr);
            execute(order.words, order.variables);
            ::_exit(127);
        }
        say(pid > 0 ? std::vector<std::string>{"started"}
                    : std::vector<std::string>{"failed", std::strerror(errno)});
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
            await(pid, deadline);
        }
        say({"ended", "0"});
    }

    // What has not ended by itself is killed with its whole group, when time is up or nobody waits
    // for it any more.
    void await(pid_t pid, Deadline deadline) const
    {
        const Fd process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
        pollfd waits[] = {{process.get(), POLLIN, 0}, {connection_.get(), 0, 0}};
        int ready = 0;
        do
            ready = ::poll(waits, std::size(waits), static_cast<int>(deadline.left().count()));
        while (ready < 0 && errno == EINTR);
        if (ready <= 0 || waits[0].revents == 0)
            ::kill(-pid, SIGKILL);
        while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
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
