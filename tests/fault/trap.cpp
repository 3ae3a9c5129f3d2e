// SPDX-License-Identifier: GPL-2.0-or-later

#include "fault/trap.hpp"

#include "base/fd.hpp"
#include "support/session.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <list>
#include <poll.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace qmgmt::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view socket_path = "/xdg/run/libvirt/libvirt-sock";
constexpr std::string_view behind = ".behind"; // where the daemon's own socket stands meanwhile
constexpr std::string_view mark = "/xdg/run/sprung";
constexpr std::uint32_t remote_program = 0x20008086;

sockaddr_un address_of(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        throw std::logic_error{"the scratch root's path is too long"};
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

Fd local_socket()
{
    return Fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
}

std::uint32_t word(const std::string& bytes, std::size_t at)
{
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return ntohl(value);
}

// One client and its own connection to the daemon.
struct Link {
    Fd client;
    Fd daemon;
    std::string half; // of a message that has not come whole
};

class Relay {
public:
    Relay(const ScratchRoot& root, Fd listener, Procedure procedure, Action action, pid_t daemon)
        : root_{root}, listener_{std::move(listener)},
          procedure_{procedure}, action_{action}, daemon_{daemon}
    {
    }

    [[noreturn]] void run()
    {
        for (;;) {
            std::vector<pollfd> waits{{listener_.get(), POLLIN, 0}};
            for (const Link& link : links_) {
                waits.push_back({link.client.get(), POLLIN, 0});
                waits.push_back({link.daemon.get(), POLLIN, 0});
            }
            if (::poll(waits.data(), waits.size(), -1) < 0)
                continue;
            std::size_t i = 1;
            for (auto link = links_.begin(); link != links_.end(); i += 2) {
                const bool alive = (waits[i].revents == 0 || from_client(*link)) &&
                                   (waits[i + 1].revents == 0 || from_daemon(*link));
                link = alive ? std::next(link) : links_.erase(link);
            }
            if (waits[0].revents != 0)
                accept();
        }
    }

private:
    void accept()
    {
        Link link{
            Fd{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)}, local_socket(), {}};
        const auto address = address_of(root_.below(socket_path) + std::string{behind});
        if (::connect(link.daemon.get(), reinterpret_cast<const sockaddr*>(&address),
                      sizeof address) == 0)
            links_.push_back(std::move(link));
    }

    static std::string received(int fd)
    {
        std::array<char, 65536> buffer{};
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        return got <= 0 ? "" : std::string{buffer.data(), static_cast<std::size_t>(got)};
    }

    static bool from_daemon(const Link& link)
    {
        const std::string bytes = received(link.daemon.get());
        return !bytes.empty() && write_all(link.client.get(), bytes);
    }

    // Message by message: length, program, version, procedure, each four bytes.
    bool from_client(Link& link)
    {
        const std::string bytes = received(link.client.get());
        if (bytes.empty())
            return false;
        link.half += bytes;
        while (link.half.size() >= 16 && link.half.size() >= word(link.half, 0)) {
            if (!sprung_ && word(link.half, 4) == remote_program &&
                word(link.half, 12) == static_cast<unsigned>(procedure_))
                spring();
            if (sprung_ && action_ == Action::swallow)
                return true; // what is not taken out is not passed on
            const std::string message = link.half.substr(0, word(link.half, 0));
            link.half.erase(0, message.size());
            if (!write_all(link.daemon.get(), message))
                return false;
        }
        return true;
    }

    void spring()
    {
        sprung_ = true;
        if (action_ == Action::kill) {
            ::unlink(root_.below(socket_path).c_str()); // the next client finds nobody
            ::kill(daemon_, SIGKILL);
        } else if (action_ == Action::stop) {
            ::kill(daemon_, SIGSTOP);
        }
        std::ofstream{root_.below(mark)} << "sprung";
    }

    const ScratchRoot& root_;
    Fd listener_;
    Procedure procedure_;
    Action action_;
    pid_t daemon_;
    bool sprung_ = false;
    std::list<Link> links_;
};

} // namespace

Trap::Trap(const ScratchRoot& root, Procedure procedure, Action action)
    : root_{root}, action_{action}
{
    const std::string path = root_.below(socket_path);
    const pid_t daemon = daemon_pid(root_);
    struct stat owner {};
    if (::stat(path.c_str(), &owner) != 0)
        throw std::system_error{errno, std::generic_category(), path};
    fs::remove(root_.below(mark));
    fs::rename(path, path + std::string{behind});
    Fd listener = local_socket();
    const auto address = address_of(path);
    if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener.get(), 16) != 0 || ::chown(path.c_str(), owner.st_uid, owner.st_gid) != 0)
        throw std::system_error{errno, std::generic_category(), "the trap's socket"};
    pid_ = ::fork();
    if (pid_ < 0)
        throw std::system_error{errno, std::generic_category(), "fork"};
    if (pid_ > 0)
        return;
    // The daemon lets in nobody but its own user.
    if (::geteuid() == 0 && (::setgroups(0, nullptr) != 0 ||
                             ::setresgid(owner.st_gid, owner.st_gid, owner.st_gid) != 0 ||
                             ::setresuid(owner.st_uid, owner.st_uid, owner.st_uid) != 0))
        ::_exit(1);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGPIPE, SIG_IGN);
    Relay{root_, std::move(listener), procedure, action, daemon}.run();
}

Trap::~Trap()
{
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    const std::string path = root_.below(socket_path);
    // A killed daemon's socket answers nobody; its follower has made its own.
    if (action_ == Action::kill && sprung())
        fs::remove(path + std::string{behind});
    else
        fs::rename(path + std::string{behind}, path);
}

bool Trap::sprung() const
{
    return root_.exists(mark);
}

} // namespace qmgmt::test
