// SPDX-License-Identifier: GPL-2.0-or-later
//
// The messages of libvirt's remote protocol that asking who runs takes, as bytes. libvirt keeps
// them compatible between its versions: src/rpc/virnetprotocol.x, src/remote/remote_protocol.x.
#pragma once

#include "hypervisor/hypervisor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::lvrpc {

enum class Procedure : std::uint32_t {
    connect_open = 1,
    connect_close = 2,
    auth_list = 66,
    all_domain_stats = 344,
};

inline constexpr std::size_t length_word = 4;  // a message begins with its length, itself included
inline constexpr std::size_t header_size = 28; // length, program, version, procedure, type, serial,
                                               // status
inline constexpr std::size_t longest_message = std::size_t{16} << 20;

enum class Rights { all, reading }; // what the connection is to allow
[[nodiscard]] std::string open_request(std::uint32_t serial, std::string_view uri,
                                       Rights rights = Rights::all);
[[nodiscard]] std::string stats_request(std::uint32_t serial);
// Of a procedure without arguments.
[[nodiscard]] std::string request(std::uint32_t serial, Procedure procedure);

// The payload of `message` when it is the successful answer to that request; nothing for anything
// else.
[[nodiscard]] std::optional<std::string_view> answer(std::string_view message, std::uint32_t serial,
                                                     Procedure procedure);

// Whether the payload of an answer to auth_list asks for no authentication at all.
[[nodiscard]] bool wants_no_authentication(std::string_view payload);
// The payload of an answer to all_domain_stats; nothing when it is not whole and well-formed, or
// says what libvirt never says: no state, a state out of range, two domains of one uuid, ...
[[nodiscard]] std::optional<std::vector<DomainStatus>> statuses(std::string_view payload);

} // namespace qmgmt::lvrpc
