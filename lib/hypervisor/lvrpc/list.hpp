// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who runs, asked of libvirt's daemon over its socket, without the library: that takes a process
// fourteen milliseconds to load, and the question one (hypervisor.md a.4).
#pragma once

#include "base/deadline.hpp"
#include "hypervisor/hypervisor.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::lvrpc {

// What a connection URI means here.
struct Endpoint {
    std::vector<std::string> sockets; // tried in this order; none: the library's business
    std::string uri;                  // as the daemon knows it
    // Where it listens for those who only read; tried when none of the others lets us in.
    std::vector<std::string> read_only_sockets;
};
[[nodiscard]] Endpoint endpoint(std::string_view connection);

// All domains; nothing for any surprise whatever, or when the deadline passed. Starts no daemon.
[[nodiscard]] std::optional<std::vector<DomainStatus>> list(const Endpoint& endpoint,
                                                            Deadline deadline);

} // namespace qmgmt::lvrpc
