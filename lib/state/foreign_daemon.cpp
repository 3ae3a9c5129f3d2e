// SPDX-License-Identifier: GPL-2.0-or-later

#include "state/foreign_daemon.hpp"

#include "base/fd.hpp"
#include "base/paths.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace qmgmt {

bool foreign_daemon_runs()
{
    const std::string path = paths::below_root(paths::daemon_socket);
    struct sockaddr_un address {};
    if (path.size() >= sizeof address.sun_path)
        return false; // nobody can listen there
    const Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd)
        return false;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const bool listened = ::connect(fd.get(), reinterpret_cast<const struct sockaddr*>(&address),
                                    sizeof address) == 0 ||
                          errno == EAGAIN; // a full backlog is somebody, too
    if (!listened)
        return false;
    // The service manager listens for our own dispatcher and leaves a mark.
    struct ucred peer {};
    socklen_t length = sizeof peer;
    const bool by_service_manager =
        ::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.pid == 1;
    const std::string shim = paths::below_root(paths::runtime) + "/shim";
    return !(by_service_manager && ::access(shim.c_str(), F_OK) == 0);
}

} // namespace qmgmt
