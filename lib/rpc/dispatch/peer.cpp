// SPDX-License-Identifier: GPL-2.0-or-later

#include "rpc/dispatch/peer.hpp"

#include "base/atomic_file.hpp"

#include <algorithm>
#include <cerrno>
#include <grp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace qmgmt::rpc {
namespace {

constexpr auto nobody = static_cast<uid_t>(-1);

} // namespace

std::optional<Peer> Peer::of(int socket)
{
    struct ucred known {};
    socklen_t length = sizeof known;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &known, &length) != 0 ||
        length != sizeof known || known.uid == nobody) // connected to nobody
        return std::nullopt;
    Peer peer{.user = known.uid, .group = known.gid, .groups = {}};
    // The first try says how many there are.
    socklen_t bytes = 0;
    while (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &bytes) != 0) {
        if (errno != ERANGE || bytes <= peer.groups.size() * sizeof(gid_t))
            return std::nullopt;
        peer.groups.resize(bytes / sizeof(gid_t));
    }
    peer.groups.resize(bytes / sizeof(gid_t));
    return peer;
}

bool Peer::is_of_the_host() const
{
    gid_t qubes = 0;
    return user == 0 || user == ::geteuid() ||
           (qubes_group(qubes) &&
            (group == qubes || std::ranges::find(groups, qubes) != groups.end()));
}

bool Peer::take_over() const
{
    if (::geteuid() != 0 || user == 0)
        return true;
    return ::setgroups(groups.size(), groups.data()) == 0 &&
           ::setresgid(group, group, group) == 0 && ::setresuid(user, user, user) == 0;
}

} // namespace qmgmt::rpc
