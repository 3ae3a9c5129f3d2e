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
#include <optional>
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

// A question, with the descriptors that came with it.
struct Question {
    std::vector<std::string> words;
    std::vector<Fd> descriptors;
};

constexpr std::size_t most_descriptors = 3;

void take_descriptors(struct msghdr& message, std::vector<Fd>& descriptors)
{
    for (struct cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
            descriptors.emplace_back(fd);
        }
    }
}

// A program that the call feeds and reads itself.
struct Piped {
    pid_t pid = -1; // -1: reaped by the call
    std::optional<int> status = {};
};

class Helper {
public:
    Helper(Fd connection, const Allowed& allowed, pid_t call)
        : connection_{std::move(connection)}, allowed_{allowed}, call_{call}
    {
    }
    Helper(const Helper&) = delete;
    Helper& operator=(const Helper&) = delete;
    // The call has gone: so does what it fed.
    ~Helper()
    {
        for (const Piped& one : piped_)
            if (one.pid > 0 && !one.status)
                ::kill(-one.pid, SIGKILL);
    }

    void serve()
    {
        for (;;) {
            const auto question = next();
            if (!question)
                return;
            try {
                answer(*question);
            } catch (const Error& error) {
                say({"failed", error.detail()});
            }
            reap();
        }
    }

private:
    // Nothing: the call has ended, or is not one of ours.
    [[nodiscard]] std::optional<Question> next()
    {
        packet_.resize(longest_question);
        struct iovec bytes {
            packet_.data(), packet_.size()
        };
        alignas(struct cmsghdr) std::array<char, CMSG_SPACE(most_descriptors * sizeof(int))>
            control{};
        struct msghdr message {};
        message.msg_iov = &bytes;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        ssize_t got = -1;
        do
            got = ::recvmsg(connection_.get(), &message, MSG_CMSG_CLOEXEC);
        while (got < 0 && errno == EINTR);
        Question question;
        if (got > 0)
            take_descriptors(message, question.descriptors);
        if (got <= 0 || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
            return std::nullopt;
        question.words =
            unpacked(std::string_view{packet_}.substr(0, static_cast<std::size_t>(got)));
        return question;
    }

    // What was started and left alone. The end of one that the call feeds is kept for it.
    void reap()
    {
        for (;;) {
            siginfo_t ended{};
            if (::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0)
                return;
            const int status = await_program(ended.si_pid);
            const auto one = std::ranges::find(piped_, ended.si_pid, &Piped::pid);
            if (one != piped_.end())
                one->status = status;
        }
    }

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

    void answer(const Question& asked)
    {
        const std::vector<std::string>& question = asked.words;
        if (question.size() == 3 && question[0] == "reap")
            return end_piped(number(question[1]), question[2] == "kill");
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
        if (question[0] == "pipe")
            return start_piped(order, asked.descriptors);
        run(order, Deadline::in(milliseconds{number(question[1])}));
    }

    // Whether it is an order to run what may be run.
    bool understood(const std::vector<std::string>& question, Order& order) const
    {
        if (question.size() <= words_place ||
            (question[0] != "run" && question[0] != "detach" && question[0] != "pipe"))
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

    void start_piped(const Order& order, const std::vector<Fd>& ends)
    {
        if (ends.size() != most_descriptors)
            return say({"denied"});
        const pid_t pid = start_program(order.words, order.variables,
                                        {ends[0].get(), ends[1].get(), ends[2].get()},
                                        order.options.as_user_of_qubes);
        piped_.push_back({pid});
        const Fd process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
        if (!process)
            return say({"failed", std::strerror(errno)}); // it is killed with the helper
        say({"piped", std::to_string(piped_.size() - 1)}, process.get());
    }

    void end_piped(std::uint64_t place, bool kill)
    {
        if (place >= piped_.size() || piped_[place].pid < 0)
            return say({"denied"});
        Piped& one = piped_[place];
        if (!one.status) {
            constexpr std::chrono::hours most{24};
            one.status = await(one.pid, kill ? Deadline::in(milliseconds{0}) : Deadline::in(most));
        }
        one.pid = -1;
        say({"ended", std::to_string(*one.status)});
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
            static_cast<void>(await(pid, deadline));
        }
        say({"ended", "0"});
    }

    // What has not ended by itself is killed with its whole group, when time is up or nobody waits
    // for it any more.
    [[nodiscard]] int await(pid_t pid, Deadline deadline) const
    {
        const Fd process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
        pollfd waits[] = {{process.get(), POLLIN, 0}, {connection_.get(), 0, 0}};
        int ready = 0;
        do
            ready = ::poll(waits, std::size(waits), static_cast<int>(deadline.left().count()));
        while (ready < 0 && errno == EINTR);
        if (ready <= 0 || waits[0].revents == 0)
            ::kill(-pid, SIGKILL);
        return await_program(pid);
    }

    Fd connection_;
    const Allowed& allowed_;
    pid_t call_;
    std::string packet_ = {};
    std::vector<Piped> piped_ = {};
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
