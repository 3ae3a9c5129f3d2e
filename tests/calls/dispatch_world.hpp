// SPDX-License-Identifier: GPL-2.0-or-later
//
// The sockets of today's tools as systemd serves them: somebody connects, the connection is
// accepted, and qubes-mgmt-dispatch is started with it.
#pragma once

#include "base/fd.hpp"
#include "calls/world.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <grp.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace qmgmt::test {

[[noreturn]] inline void broken(const char* what)
{
    throw std::system_error{errno, std::generic_category(), what};
}

inline Fd listen_at(const std::string& path)
{
    Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (!fd || path.size() >= sizeof address.sun_path)
        broken("socket");
    std::copy(path.begin(), path.end(), address.sun_path);
    ::unlink(path.c_str());
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::chmod(path.c_str(), 0666) != 0 || ::listen(fd.get(), 8) != 0)
        broken("listen");
    return fd;
}

inline Fd connect_to(const std::string& path)
{
    Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        broken("connect");
    return fd;
}

// Another user, for as long as it lives; only root can be one.
class AsUser {
public:
    AsUser(uid_t user, const std::vector<gid_t>& groups)
    {
        before_.resize(static_cast<std::size_t>(::getgroups(0, nullptr)));
        if (::getgroups(static_cast<int>(before_.size()), before_.data()) < 0 ||
            ::setgroups(groups.size(), groups.data()) != 0 || ::setegid(user) != 0 ||
            ::seteuid(user) != 0)
            broken("seteuid");
    }
    AsUser(const AsUser&) = delete;
    ~AsUser()
    {
        if (::seteuid(0) != 0 || ::setegid(0) != 0 ||
            ::setgroups(before_.size(), before_.data()) != 0)
            std::terminate();
    }

private:
    std::vector<gid_t> before_;
};

struct Client {
    std::optional<uid_t> user = {}; // who connects; the test itself when nothing is said
    std::vector<gid_t> groups = {};
    bool errors_to_client = false; // started as inetd does: standard error is the connection, too
    std::string program = call_path("qubes-mgmt-dispatch");
};

// One connection, and the program that serves it; killed by its own pid when it is still there at
// the end.
class Conversation {
public:
    explicit Conversation(const ScratchRoot& root, const Client& who = {})
        : errors_path_{root.below("/errors")}
    {
        // Not where qubesd listens: calls that change something would take us for it.
        const std::string path = root.below("/tools.sock");
        const Fd listener = listen_at(path);
        if (who.user) {
            const AsUser other{*who.user, who.groups};
            client_ = connect_to(path);
        } else {
            client_ = connect_to(path);
        }
        const Fd served{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
        if (!served)
            broken("accept");
        start(root, who, served.get());
    }
    Conversation(const Conversation&) = delete;
    ~Conversation()
    {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }

    // False when the other side takes no more.
    bool send(std::string_view bytes) const
    {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void end_input() const { ::shutdown(client_.get(), SHUT_WR); }
    void hang_up() { client_.reset(); }

    // All up to the end, which comes within twenty seconds or not at all.
    [[nodiscard]] std::string reply() const
    {
        std::string all;
        for (;;) {
            std::array<char, 65536> bytes{};
            pollfd waiting{client_.get(), POLLIN, 0};
            if (::poll(&waiting, 1, 20000) != 1)
                throw std::runtime_error{"the conversation does not end"};
            const ssize_t got = ::recv(client_.get(), bytes.data(), bytes.size(), 0);
            if (got <= 0)
                return all;
            all.append(bytes.data(), static_cast<std::size_t>(got));
        }
    }

    // What comes next, within ten seconds; nothing when nothing does.
    [[nodiscard]] std::string next() const
    {
        std::array<char, 65536> bytes{};
        pollfd waiting{client_.get(), POLLIN, 0};
        const ssize_t got = ::poll(&waiting, 1, 10000) == 1
                                ? ::recv(client_.get(), bytes.data(), bytes.size(), 0)
                                : 0;
        return {bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
    }

    [[nodiscard]] bool is_over() const
    {
        pollfd waiting{client_.get(), POLLIN, 0};
        return ::poll(&waiting, 1, 0) == 1;
    }

    // The exit code, when the program has ended by itself.
    int status()
    {
        int status = 0;
        if (::waitpid(pid_, &status, 0) != pid_)
            broken("waitpid");
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

    [[nodiscard]] std::string errors() const
    {
        const Fd file{::open(errors_path_.c_str(), O_RDONLY | O_CLOEXEC)};
        std::string text(65536, '\0');
        const ssize_t got = ::read(file.get(), text.data(), text.size());
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return text;
    }

private:
    void start(const ScratchRoot& root, const Client& who, int served)
    {
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, served, 0);
        ::posix_spawn_file_actions_adddup2(&actions, served, 1);
        if (who.errors_to_client)
            ::posix_spawn_file_actions_adddup2(&actions, served, 2);
        else
            ::posix_spawn_file_actions_addopen(&actions, 2, errors_path_.c_str(),
                                               O_WRONLY | O_CREAT | O_TRUNC, 0600);
        Environment environment = root.environment();
        environment["QREXEC_REMOTE_DOMAIN"] = "somebody";
        environment["QREXEC_SERVICE_ARGUMENT"] = "something";
        environment["LD_PRELOAD_PATH"] = "/nowhere";
        std::vector<std::string> variables;
        for (const auto& [name, value] : environment)
            variables.push_back(name + "=" + value);
        std::vector<char*> pointers;
        for (std::string& variable : variables)
            pointers.push_back(variable.data());
        pointers.push_back(nullptr);
        std::string program = who.program;
        std::array<char*, 2> words{program.data(), nullptr};
        const int error =
            ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, words.data(), pointers.data());
        ::posix_spawn_file_actions_destroy(&actions);
        if (error != 0) {
            pid_ = -1;
            throw std::system_error{error, std::generic_category(), program};
        }
    }

    std::string errors_path_;
    Fd client_;
    pid_t pid_ = -1;
};

// What a client of today reads for one request: header, payload, half-close, read to the end.
inline std::string ask(const ScratchRoot& root, const std::string& header,
                       std::string_view payload = {}, const Client& who = {})
{
    Conversation conversation{root, who};
    conversation.send(header + '\0');
    conversation.send(payload);
    conversation.end_input();
    return conversation.reply();
}

} // namespace qmgmt::test
