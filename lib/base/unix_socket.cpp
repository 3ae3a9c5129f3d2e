// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/unix_socket.hpp"

#include <cerrno>
#include <cstring>
#include <sys/un.h>

namespace qmgmt {

Fd connect_to_socket(const std::string& path, int type)
{
    struct sockaddr_un address {};
    if (path.size() >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return Fd{};
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    Fd socket{::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket)
        return Fd{};
    if (::connect(socket.get(), reinterpret_cast<const struct sockaddr*>(&address),
                  sizeof address) != 0) {
        const int error = errno;
        socket.reset();
        errno = error;
    }
    return socket;
}

bool is_listening(const std::string& path)
{
    return connect_to_socket(path) || errno == EAGAIN;
}

} // namespace qmgmt
