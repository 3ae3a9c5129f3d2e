// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/spawner.hpp"

#include "base/error.hpp"
#include "base/spawner_helper.hpp"
#include "base/spawner_message.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <poll.h>
#include <span>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace qmgmt::spawner {
namespace {

// How much longer than the program's own deadline the helper may take to say so.
constexpr std::chrono::seconds patience{5};

// Open until the process ends: its end is what tells the helper to end.
Fd& connection()
{
    static Fd to_helper;
    return to_helper;
}

[[noreturn]] void lost()
{
    throw Error{failure::internal, "cannot run a program: the helper does not answer"};
}

constexpr std::size_t most_sent = 3; // descriptors

void send_question(const std::vector<std::string>& question, std::span<const int> descriptors = {})
{
    if (!is_there())
        throw Error{failure::internal, "cannot run a program: there is no helper"};
    const std::string packet = packed(question);
    if (packet.size() > longest_question)
        throw Error{failure::internal, "cannot run a program: too many arguments"};
    struct iovec bytes {
        const_cast<char*>(packet.data()), packet.size() // only read
    };
    alignas(struct cmsghdr) std::array<char, CMSG_SPACE(most_sent * sizeof(int))> control{};
    struct msghdr message {};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) {
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        struct cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
    }
    if (::sendmsg(connection().get(), &message, MSG_NOSIGNAL) !=
        static_cast<ssize_t>(packet.size()))
        lost();
}

// A descriptor that comes with the answer goes to `descriptor`, or is closed.
ssize_t receive(std::string& packet, Fd& descriptor)
{
    struct iovec bytes {
        packet.data(), packet.size()
    };
    alignas(struct cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    struct msghdr message {};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(connection().get(), &message, MSG_CMSG_CLOEXEC);
    const struct cmsghdr* header = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
    if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
        descriptor = Fd{fd};
    }
    return got;
}

std::vector<std::string> next_answer(Deadline deadline, Fd& descriptor)
{
    for (;;) {
        struct pollfd waiting {
            connection().get(), POLLIN, 0
        };
        const int ready = ::poll(&waiting, 1, static_cast<int>(deadline.left().count()));
        if (ready < 0 && errno == EINTR)
            continue;
        std::string answer(longest_packet, '\0');
        const ssize_t got = ready > 0 ? receive(answer, descriptor) : -1;
        if (got <= 0) {
            connection().reset(); // a late answer must not be taken for that to a later question
            lost();
        }
        return unpacked(std::string_view{answer}.substr(0, static_cast<std::size_t>(got)));
    }
}

std::vector<std::string> next_answer(Deadline deadline)
{
    Fd none;
    return next_answer(deadline, none);
}

std::vector<std::string> ask(const std::vector<std::string>& question, Deadline deadline)
{
    send_question(question);
    return next_answer(deadline);
}

std::string name_of(const std::string& program)
{
    return program.substr(program.rfind('/') + 1);
}

std::vector<std::string> order(const char* verb, std::chrono::milliseconds span,
                               const RunOptions& options, const std::vector<std::string>& words,
                               const std::vector<std::string>& variables)
{
    std::string flags;
    if (options.errors_apart)
        flags += 'a';
    if (options.completes)
        flags += 'c';
    if (options.as_user_of_qubes)
        flags += 'u';
    std::vector<std::string> question{
        verb,          std::to_string(span.count()), std::to_string(options.most_output), flags,
        options.input, std::to_string(words.size())};
    question.insert(question.end(), words.begin(), words.end());
    question.insert(question.end(), variables.begin(), variables.end());
    return question;
}

// Throws what an order was answered with instead of being followed.
void check_answer(const std::vector<std::string>& answer, const std::vector<std::string>& words)
{
    const std::string reason = answer.size() > 1 ? answer[1] : "";
    if (answer.empty())
        lost();
    if (answer.front() == "denied")
        throw Error{failure::denied,
                    "cannot run '" + name_of(words.front()) + "': this call may not run it",
                    words.front()};
    if (answer.front() == "failed")
        throw Error{failure::failed, "cannot start a program", words.front() + ": " + reason};
}

std::vector<std::string> ask_for(const char* verb, std::chrono::milliseconds span,
                                 const RunOptions& options, const std::vector<std::string>& words,
                                 const std::vector<std::string>& variables)
{
    auto answer = ask(order(verb, span, options, words, variables), Deadline::in(span + patience));
    check_answer(answer, words);
    return answer;
}

int number_in(const std::string& text)
{
    int number = -1;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

} // namespace

bool is_there()
{
    return static_cast<bool>(connection());
}

void prepare(const Allowed& allowed)
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw_errno(failure::internal, "cannot make a helper", "socketpair");
    Fd ours{ends[0]};
    Fd theirs{ends[1]};
    const pid_t call = ::getpid();
    const pid_t helper = ::fork();
    if (helper < 0)
        throw_errno(failure::no_memory, "cannot make a helper", "fork");
    if (helper == 0) {
        ours.reset();
        serve(std::move(theirs), allowed, call);
    }
    connection() = std::move(ours);
}

ChildResult run(const std::vector<std::string>& words, Deadline deadline,
                const std::vector<std::string>& variables, const RunOptions& options)
{
    if (options.input.size() > most_input || options.input.find('\0') != std::string::npos)
        throw Error{failure::internal, "cannot run a program: it cannot be given this to read",
                    words.front()};
    ChildResult result;
    auto answer = ask_for("run", deadline.left(), options, words, variables);
    while (answer.front() == "part" && answer.size() == 2) {
        result.output += answer[1];
        answer = next_answer(Deadline::in(patience));
        if (answer.empty())
            lost();
    }
    result.timed_out = answer.front() == "late";
    if (answer.size() < 2 || (answer.front() != "ended" && !result.timed_out))
        lost();
    result.status = number_in(answer[1]);
    if (answer.size() > 2)
        result.output += answer[2];
    if (answer.size() > 3)
        result.errors = answer[3];
    return result;
}

Fd open_device(const std::string& path, DeviceAccess access)
{
    constexpr std::chrono::seconds most{30}; // a device that hangs
    Fd device;
    send_question({"open", std::string{name_of(access)}, path});
    const auto answer = next_answer(Deadline::in(most), device);
    if (!answer.empty() && answer.front() == "denied")
        throw Error{failure::denied, "cannot open a device: this call may not open it", path};
    if (answer.size() != 2 || answer.front() != "opened")
        lost();
    errno = number_in(answer[1]);
    return device;
}

PipedStart start_piped(const std::vector<std::string>& words, StandardEnds ends,
                       bool as_user_of_qubes)
{
    const std::array<int, most_sent> sent{ends.input, ends.output, ends.errors};
    send_question(order("pipe", std::chrono::milliseconds{0},
                        {.as_user_of_qubes = as_user_of_qubes}, words, {}),
                  sent);
    PipedStart start;
    const auto answer = next_answer(Deadline::in(patience), start.ending);
    check_answer(answer, words);
    if (answer.size() != 2 || answer.front() != "piped" || !start.ending)
        lost();
    start.number = number_in(answer[1]);
    return start;
}

int end_piped(int number, bool kill)
{
    constexpr std::chrono::hours most{24}; // who waits for it has a deadline of its own
    const auto answer = ask({"reap", std::to_string(number), kill ? "kill" : "wait"},
                            Deadline::in(kill ? std::chrono::milliseconds{patience} : most));
    if (answer.size() != 2 || answer.front() != "ended")
        lost();
    return number_in(answer[1]);
}

void start_detached(const std::vector<std::string>& words,
                    const std::vector<std::string>& variables)
{
    if (ask_for("detach", std::chrono::milliseconds{0}, {}, words, variables).front() != "started")
        lost();
}

std::unique_ptr<watchdog::LastPacket> start_when_hung(const std::vector<std::string>& words)
{
    if (!is_there())
        return nullptr;
    return std::make_unique<watchdog::LastPacket>(
        connection().get(), packed(order("detach", std::chrono::milliseconds{0}, {}, words, {})));
}

void run_errand(Deadline deadline)
{
    const auto span = deadline.left();
    static_cast<void>(ask({"errand", std::to_string(span.count())}, Deadline::in(span + patience)));
}

std::string lock_holder(ino_t file)
{
    const auto answer = ask({"holder", std::to_string(file)}, Deadline::in(patience));
    return answer.size() == 2 ? answer[1] : "another process";
}

} // namespace qmgmt::spawner
