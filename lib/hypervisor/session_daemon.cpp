// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/session_daemon.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace qmgmt {
namespace {

// Where libvirt looks for the sockets of a session.
std::string socket_directory()
{
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    if (runtime != nullptr && *runtime == '/')
        return std::string{runtime} + "/libvirt/";
    const char* home = std::getenv("HOME");
    return std::string{home == nullptr ? "" : home} + "/.cache/libvirt/";
}

bool listens(const std::string& path)
{
    struct sockaddr_un address {};
    if (path.size() >= sizeof address.sun_path)
        return false;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    return fd && (::connect(fd.get(), reinterpret_cast<const struct sockaddr*>(&address),
                            sizeof address) == 0 ||
                  errno == EAGAIN); // a full backlog is somebody, too
}

// In the child. What it prints is nobody's; the connection ends with it, the daemon stays.
[[noreturn]] void connect_once(const HypervisorConfig& config) noexcept
{
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        ::dup2(nothing, fd); // NOLINT: 0 to 2 are inherited on purpose
    int code = 0;
    try {
        static_cast<void>(connect_hypervisor(config));
    } catch (const std::exception&) {
        code = 1;
    }
    ::_exit(code);
}

} // namespace

void start_session_daemon(const HypervisorConfig& config)
{
    // Root has no session: libvirt takes it to the daemon of the system, which is started by
    // others.
    if (::geteuid() == 0 || resolved_connection(config.connection) != "qemu:///session")
        return;
    const std::string directory = socket_directory();
    if (listens(directory + "libvirt-sock") || listens(directory + "virtqemud-sock"))
        return;
    const pid_t child = ::fork();
    if (child < 0)
        throw_errno(failure::no_memory, "cannot start the hypervisor's daemon", "fork");
    if (child == 0)
        connect_once(config);
    const Fd ending{static_cast<int>(::syscall(SYS_pidfd_open, child, 0))};
    const Deadline deadline = Deadline::in(config.open + std::chrono::seconds{1});
    struct pollfd waiting {
        ending.get(), POLLIN, 0
    };
    int ready = 0;
    do
        ready = ::poll(&waiting, 1, static_cast<int>(deadline.left().count()));
    while (ready < 0 && errno == EINTR);
    if (ready != 1)
        ::kill(child, SIGKILL);
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
}

} // namespace qmgmt
