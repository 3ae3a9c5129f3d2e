// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/session_daemon.hpp"

#include "base/spawner.hpp"
#include "base/unix_socket.hpp"
#include "hypervisor/libvirt_hypervisor.hpp"

#include <algorithm>
#include <cstdlib>
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
    static_cast<void>(connect_libvirt(config));
}

void want_session_daemon(const HypervisorConfig& config)
{
    // Root has no daemon of a session: libvirt takes it to that of the system.
    if (!spawner::is_there() || !is_session(config) || ::geteuid() == 0)
        return;
    if (std::ranges::none_of(session_directories().sockets(), is_listening))
        spawner::run_errand(Deadline::in(config.open));
}

} // namespace qmgmt
