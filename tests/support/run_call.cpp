// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/run_call.hpp"

#include "support/scratch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace qmgmt::test {
namespace {

using Clock = std::chrono::steady_clock;

std::runtime_error broken(const std::string& what)
{
    return std::system_error{errno, std::generic_category(), what};
}

struct Pair {
    Fd ours;
    Fd theirs;
};

Pair socket_pair()
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw broken("socketpair");
    return {Fd{ends[0]}, Fd{ends[1]}};
}

Pair pipe_pair()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw broken("pipe2");
    return {Fd{ends[0]}, Fd{ends[1]}};
}

// What may have been read; false at the end of the stream.
bool take(int fd, std::string& into)
{
    std::array<char, 65536> buffer{};
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got > 0)
        into.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

int milliseconds_left(Clock::time_point end)
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(0, left.count()));
}

} // namespace

Process::Process(Command command) : input_{std::move(command.input)}
{
    Pair in = socket_pair();
    Pair out = socket_pair();
    Pair err = pipe_pair();

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_adddup2(
        &actions, command.input_from >= 0 ? command.input_from : in.theirs.get(), 0);
    ::posix_spawn_file_actions_adddup2(&actions, out.theirs.get(), 1);
    ::posix_spawn_file_actions_adddup2(&actions, err.theirs.get(), 2);
    sigset_t defaults;
    sigset_t none;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (const int signal : {SIGPIPE, SIGHUP, SIGINT, SIGTERM}) // whatever started the tests
        sigaddset(&defaults, signal);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);

    std::vector<char*> words;
    for (std::string& word : command.words)
        words.push_back(word.data());
    words.push_back(nullptr);
    std::vector<std::string> variables;
    for (const auto& [name, value] : command.environment)
        variables.push_back(name + "=" + value);
    std::vector<char*> environment;
    for (std::string& variable : variables)
        environment.push_back(variable.data());
    environment.push_back(nullptr);

    const int error = ::posix_spawn(&pid_, command.program.c_str(), &actions, &attributes,
                                    words.data(), environment.data());
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        pid_ = -1;
        throw std::system_error{error, std::generic_category(), "cannot run " + command.program};
    }
    ending_ = Fd{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))};
    stdin_ = std::move(in.ours);
    stdout_ = std::move(out.ours);
    stderr_ = std::move(err.ours);
    ::fcntl(stdin_.get(), F_SETFL, O_NONBLOCK);
    feed();
}

Process::~Process()
{
    if (pid_ > 0) {
        kill_now();
        ::waitpid(pid_, nullptr, 0);
    }
}

void Process::kill_now() noexcept
{
    if (pid_ > 0)
        ::kill(pid_, SIGKILL);
}

bool Process::ends_within(std::chrono::milliseconds span) const
{
    pollfd wait{ending_.get(), POLLIN, 0};
    return ::poll(&wait, 1, static_cast<int>(span.count())) == 1;
}

void Process::feed()
{
    while (stdin_) {
        if (fed_ == input_.size()) {
            stdin_.reset();
            return;
        }
        const ssize_t sent = ::send(stdin_.get(), input_.data() + fed_, input_.size() - fed_,
                                    MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0)
            fed_ += static_cast<std::size_t>(sent);
        else if (errno == EAGAIN)
            return;
        else
            stdin_.reset(); // it ended or stopped reading: its answer says why
    }
}

bool Process::says_within(std::chrono::milliseconds span,
                          const std::function<bool(const std::string& said)>& enough)
{
    const auto end = Clock::now() + span;
    while (!enough(said_)) {
        pollfd wait{stdout_.get(), POLLIN, 0};
        if (::poll(&wait, 1, milliseconds_left(end)) != 1)
            return false;
        if (!take(stdout_.get(), said_)) {
            stdout_.reset();
            return enough(said_);
        }
    }
    return true;
}

Outcome Process::finish(std::chrono::milliseconds deadline)
{
    const auto end = Clock::now() + deadline;
    Outcome outcome;
    outcome.out = std::move(said_);
    while (stdout_ || stderr_) {
        std::array<pollfd, 3> waits{pollfd{stdout_.get(), POLLIN, 0},
                                    pollfd{stderr_.get(), POLLIN, 0},
                                    pollfd{stdin_.get(), POLLOUT, 0}};
        const int ready = ::poll(waits.data(), waits.size(), milliseconds_left(end));
        if (ready == 0)
            break;
        if (ready < 0)
            continue;
        if (waits[0].revents != 0 && !take(stdout_.get(), outcome.out))
            stdout_.reset();
        if (waits[1].revents != 0 && !take(stderr_.get(), outcome.err))
            stderr_.reset();
        if (waits[2].revents != 0)
            feed();
    }
    if (!ends_within(std::chrono::milliseconds{milliseconds_left(end)})) {
        outcome.timed_out = true;
        kill_now();
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return outcome;
}

Outcome run(Command command)
{
    Process process{std::move(command)};
    return process.finish();
}

std::string full_name(std::string_view call)
{
    if (call.starts_with("mgmt.") || call.starts_with("admin."))
        return std::string{call};
    return "mgmt." + std::string{call};
}

std::string describe(const Ask& ask)
{
    std::string text = ask.dest + " " + ask.call;
    if (!ask.argument.empty())
        text += " +" + ask.argument;
    if (!ask.payload.empty())
        text += " <" + ask.payload.substr(0, 80) + ">";
    if (ask.caller != "dom0")
        text += " (caller " + ask.caller + ")";
    return text;
}

std::string call_path(std::string_view name)
{
    return QMGMT_TEST_CALLS "/" + std::string{name};
}

std::string test_program(std::string_view name)
{
    return QMGMT_TEST_PROGRAMS "/" + std::string{name};
}

std::string packaged_program(std::string_view name)
{
    return QMGMT_TEST_SUPPORT "/../../packaging/" + std::string{name};
}

std::string fake_libvirt_directory()
{
    return QMGMT_TEST_LIBVIRT;
}

std::string fake_xenstore_object()
{
    return QMGMT_TEST_XENSTORE;
}

std::string probe_object()
{
    return QMGMT_TEST_PROBE;
}

bool is_built(std::string_view name)
{
    return ::access(call_path(name).c_str(), X_OK) == 0;
}

std::vector<std::string> built_calls()
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{QMGMT_TEST_CALLS}) {
        const std::string name = entry.path().filename();
        if ((name.starts_with("mgmt.") || name.starts_with("admin.")) && !name.ends_with(".p") &&
            is_built(name) && !entry.is_directory())
            names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

Command remote_command(const ScratchRoot& root, const Ask& ask)
{
    const std::string name = full_name(ask.call);
    Command command;
    command.program = call_path(name);
    command.words = {command.program};
    if (!ask.argument.empty())
        command.words.push_back(ask.argument);
    command.environment = root.environment();
    command.environment["QREXEC_REMOTE_DOMAIN"] = ask.caller;
    command.environment["QREXEC_SERVICE_FULL_NAME"] = name + "+" + ask.argument;
    command.environment["QREXEC_SERVICE_ARGUMENT"] = ask.argument;
    if (ask.dest == "dom0") {
        command.environment["QREXEC_REQUESTED_TARGET_TYPE"] = "keyword";
        command.environment["QREXEC_REQUESTED_TARGET_KEYWORD"] = "adminvm";
    } else {
        command.environment["QREXEC_REQUESTED_TARGET_TYPE"] = "name";
        command.environment["QREXEC_REQUESTED_TARGET"] = ask.dest;
    }
    command.input = ask.payload;
    return command;
}

Outcome run_call(const ScratchRoot& root, const Ask& ask)
{
    return run(remote_command(root, ask));
}

Command local_command(const ScratchRoot& root, std::string_view call,
                      std::vector<std::string> words, std::string payload)
{
    Command command;
    command.program = call_path(full_name(call));
    command.words = {command.program};
    command.words.insert(command.words.end(), words.begin(), words.end());
    command.environment = root.environment();
    command.input = std::move(payload);
    return command;
}

Outcome run_local(const ScratchRoot& root, std::string_view call, std::vector<std::string> words,
                  std::string payload)
{
    return run(local_command(root, call, std::move(words), std::move(payload)));
}

} // namespace qmgmt::test
