// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/spawner_helper.hpp"

#include "base/device.hpp"
#include "base/error.hpp"
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
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

// An order, in the words of a question: what comes before the words of the program.
constexpr std::size_t most_place = 2;
constexpr std::size_t flags_place = 3;
constexpr std::size_t input_place = 4;
constexpr std::size_t count_place = 5;
constexpr std::size_t words_place = 6;

struct Order {
    std::vector<std::string> words;
    std::vector<std::string> variables;
    RunOptions options;
};

bool may_open(const Allowed& allowed, const std::string& path)
{
    return std::ranges::any_of(allowed.devices, [&](const std::string& entry) {
        if (!entry.ends_with('-') && !entry.ends_with('/'))
            return path == entry;
        if (!path.starts_with(entry) || path.size() == entry.size())
            return false;
        const std::string_view rest = std::string_view{path}.substr(entry.size());
        if (entry.ends_with('/'))
            return ("/" + std::string{rest} + "/").find("/../") == std::string::npos;
        // The name of a volume, in which hyphens are doubled: one that comes first belongs to the
        // name of another group, which begins alike.
        return rest.front() != '-' && rest.find('/') == std::string_view::npos;
    });
}

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
    // With a copy of `descriptor`, unless that is -1.
    void say(const std::vector<std::string>& words, int descriptor = -1) const
    {
        std::string packet = packed(words);
        struct iovec bytes {
            packet.data(), packet.size()
        };
        alignas(struct cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
        struct msghdr message {};
        message.msg_iov = &bytes;
        message.msg_iovlen = 1;
        if (descriptor >= 0) {
            message.msg_control = control.data();
            message.msg_controllen = control.size();
            struct cmsghdr* header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            header->cmsg_len = CMSG_LEN(sizeof descriptor);
            std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
        }
        [[maybe_unused]] const ssize_t sent = ::sendmsg(connection_.get(), &message, MSG_NOSIGNAL);
    }

    void answer(const std::vector<std::string>& question) const
    {
        if (question.size() == 2 && question[0] == "holder")
            return say({"held", find_lock_holder(static_cast<ino_t>(number(question[1])), call_)});
        if (question.size() == 2 && question[0] == "errand")
            return run_errand(Deadline::in(milliseconds{number(question[1])}));
        if (question.size() == 3 && question[0] == "open")
            return open(question[1], question[2]);
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
        if (question.size() <= words_place || (question[0] != "run" && question[0] != "detach"))
            return false;
        const auto count = number(question[count_place]);
        if (count == 0 || count > question.size() - words_place ||
            !may_run(allowed_, question[words_place]))
            return false;
        const auto first = question.begin() + words_place;
        const auto variables = first + static_cast<std::ptrdiff_t>(count);
        const std::string& flags = question[flags_place];
        order = {{first, variables},
                 {variables, question.end()},
                 {.most_output = std::min(number(question[most_place]), most_output_of_all),
                  .errors_apart = flags.find('a') != std::string::npos,
                  .completes = flags.find('c') != std::string::npos,
                  .as_user_of_qubes = flags.find('u') != std::string::npos,
                  .input = question[input_place]}};
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
        RunningProgram program{order.words, order.variables, order.options};
        const ChildResult result = program.finish(deadline, connection_.get());
        std::string_view output = result.output;
        for (; output.size() > longest_part; output.remove_prefix(longest_part))
            say({"part", std::string{output.substr(0, longest_part)}});
        say({result.timed_out ? "late" : "ended", std::to_string(result.status),
             std::string{output}, result.errors});
    }

    void open(const std::string& access, const std::string& path) const
    {
        const auto known = device_access(access);
        if (!known || !may_open(allowed_, path))
            return say({"denied"});
        const Fd device = open_block_device(path, *known);
        say({"opened", std::to_string(device ? 0 : errno)}, device.get());
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
