// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/session_daemon.hpp"

#include "base/fd.hpp"
#include "base/spawner.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace qmgmt {
namespace {

// As libvirt does: the variable, else below the home directory.
std::string session_directory(const char* variable, const char* below_home)
{
    const char* given = std::getenv(variable);
    if (given != nullptr && *given == '/')
        return std::string{given} + "/libvirt";
    const char* home = std::getenv("HOME");
    return std::string{home == nullptr ? "" : home} + below_home + "/libvirt";
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

} // namespace

bool is_session(const HypervisorConfig& config)
{
    return resolved_connection(config.connection) == "qemu:///session";
}

SessionDirectories session_directories()
{
    return {session_directory("XDG_CONFIG_HOME", "/.config"),
            session_directory("XDG_RUNTIME_DIR", "/.cache")};
}

void start_session_daemon(const HypervisorConfig& config)
{
    static_cast<void>(connect_hypervisor(config));
}

void want_session_daemon(const HypervisorConfig& config)
{
    // Root has no daemon of a session: libvirt takes it to that of the system.
    if (!spawner::is_there() || !is_session(config) || ::geteuid() == 0)
        return;
    const std::string directory = session_directories().runtime;
    if (!listens(directory + "/libvirt-sock") && !listens(directory + "/virtqemud-sock"))
        spawner::run_errand(Deadline::in(config.open));
}

} // namespace qmgmt
