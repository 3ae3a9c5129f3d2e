// SPDX-License-Identifier: GPL-2.0-or-later

#include "state/foreign_daemon.hpp"

#include "base/paths.hpp"
#include "base/unix_socket.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

namespace qmgmt {

bool foreign_daemon_runs()
{
    const std::string path = paths::below_root(paths::daemon_socket);
    const Fd fd = connect_to_socket(path);
    if (!fd)
        return errno == EAGAIN; // a full backlog is somebody, too
    // The service manager listens for our own dispatcher and leaves a mark.
    struct ucred peer {};
    socklen_t length = sizeof peer;
    const bool by_service_manager =
        ::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.pid == 1;
    const std::string shim = paths::below_root(paths::runtime) + "/shim";
    return !(by_service_manager && ::access(shim.c_str(), F_OK) == 0);
}

} // namespace qmgmt
