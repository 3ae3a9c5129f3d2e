// SPDX-License-Identifier: GPL-2.0-or-later
//
// The first line of a request on qubesd's socket, as the tools of Qubes OS 4 send it:
//
//   METHOD[+ARGUMENT] SOURCE name DESTINATION NUL PAYLOAD
//
// or, where qrexec itself asks, `keyword adminvm` as the destination.
#pragma once

#include "base/deadline.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt::rpc {

inline constexpr std::size_t header_limit = 2048; // with its NUL

struct DispatchHeader {
    std::string method;
    std::string argument; // empty, too, when there was a bare plus
    std::string source;   // the name of a qube
    // Of the characters that qrexec lets through; whether it names a qube, the call says.
    std::string destination;
    bool by_keyword = false; // and is not a name, but one of qrexec's keywords

    // The text before the NUL. Nothing when it is anything else than one header.
    [[nodiscard]] static std::optional<DispatchHeader> parse(std::string_view untrusted_text);

    friend bool operator==(const DispatchHeader&, const DispatchHeader&) = default;
};

// Waits for the first byte, or the end: whether the client goes without having said anything, as
// each call that changes something does when it looks whether a daemon listens.
[[nodiscard]] bool ends_without_a_byte(int socket, Deadline deadline);

// Takes what stands before the first NUL off the socket, and the NUL, and nothing behind it.
// Nothing when none comes among the first 2048 bytes, before the end, or in time; or when `socket`
// is none.
[[nodiscard]] std::optional<std::string> receive_header(int socket, Deadline deadline);

} // namespace qmgmt::rpc
