// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who is at the other end of a socket in the file system, as the kernel knows it since he
// connected.
#pragma once

#include <optional>
#include <sys/types.h>
#include <vector>

namespace qmgmt::rpc {

struct Peer {
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups; // the others

    // Nothing when `socket` is none, or the kernel does not say.
    [[nodiscard]] static std::optional<Peer> of(int socket);

    // Whether he may ask for what concerns the whole host: root, whoever this process runs as, and
    // the group `qubes`.
    [[nodiscard]] bool is_of_the_host() const;

    // Makes a process of root one of his, for good. Of any other, that is, of whom an administrator
    // had it run as, nothing changes. False when the kernel refuses.
    [[nodiscard]] bool take_over() const;
};

} // namespace qmgmt::rpc
