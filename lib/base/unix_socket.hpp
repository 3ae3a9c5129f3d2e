// SPDX-License-Identifier: GPL-2.0-or-later
//
// Sockets in the file system, from the side of the client.
#pragma once

#include "base/fd.hpp"

#include <string>
#include <sys/socket.h>

namespace qmgmt {

// A connection to whoever listens at `path`, non-blocking; empty, with errno set, when nobody does.
// A full backlog is EAGAIN: somebody is there, and busy.
[[nodiscard]] Fd connect_to_socket(const std::string& path, int type = SOCK_STREAM);

// Whether somebody listens at `path`.
[[nodiscard]] bool is_listening(const std::string& path);

} // namespace qmgmt
