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
    domain_state = 212,
    all_domains = 273,
    domain_event_register = 316,
    domain_lifecycle = 318, // no request: the daemon sends it
    all_domain_stats = 344,
};

inline constexpr std::size_t length_word = 4;  // a message begins with its length, itself included
inline constexpr std::size_t header_size = 28; // length, program, version, procedure, type, serial,
                                               // status
inline constexpr std::size_t longest_message = std::size_t{16} << 20;
inline constexpr std::size_t most_listed = 16384; // domains, as libvirt bounds it

enum class Rights { all, reading }; // what the connection is to allow
[[nodiscard]] std::string open_request(std::uint32_t serial, std::string_view uri,
                                       Rights rights = Rights::all);
[[nodiscard]] std::string stats_request(std::uint32_t serial);
// Of a procedure without arguments.
[[nodiscard]] std::string request(std::uint32_t serial, Procedure procedure);

[[nodiscard]] std::string domains_request(std::uint32_t serial);
// Of one that was listed; libvirt looks for its uuid.
[[nodiscard]] std::string state_request(std::uint32_t serial, const DomainStatus& domain);

// To be told what happens to domains.
[[nodiscard]] std::string lifecycle_request(std::uint32_t serial);

// An answer: what was asked for, or why that cannot be had.
struct Reply {
    std::uint32_t serial; // of the request
    bool failed;
    std::string_view payload;
};
// Nothing when `message` is none to a request of that procedure.
[[nodiscard]] std::optional<Reply> reply(std::string_view message, Procedure procedure);

// libvirt's number of the error that the payload of an answer is, virErrorNumber; nothing when it
// is not whole and well-formed.
[[nodiscard]] std::optional<int> error_code(std::string_view payload);
inline constexpr int no_support = 3; // the driver does not have it
inline constexpr int no_domain = 42;
inline constexpr int operation_unsupported = 84;

// Whether the payload of an answer to auth_list asks for no authentication at all.
[[nodiscard]] bool wants_no_authentication(std::string_view payload);
// The payload of an answer to all_domain_stats; nothing when it is not whole and well-formed, or
// says what libvirt never says: no state, a state out of range, two domains of one uuid, ...
[[nodiscard]] std::optional<std::vector<DomainStatus>> statuses(std::string_view payload);
// The same of an answer to all_domains, but that it does not have states.
[[nodiscard]] std::optional<std::vector<DomainStatus>> listed(std::string_view payload);
// Puts into `domain` what an answer to domain_state says of it; false when that is not whole, or
// nothing that a domain of its id can be in.
[[nodiscard]] bool read_state(std::string_view payload, DomainStatus& domain);

// What happened to a domain, by libvirt's numbers, virDomainEventType.
struct LifecycleNews {
    Uuid uuid;
    int event = 0;
    int detail = 0;
};
inline constexpr int lifecycle_started = 2;
inline constexpr int lifecycle_suspended = 3;
inline constexpr int lifecycle_resumed = 4;
inline constexpr int lifecycle_stopped = 5;
// Nothing when `message`, with its head, is not such news.
[[nodiscard]] std::optional<LifecycleNews> lifecycle_news(std::string_view message);

} // namespace qmgmt::lvrpc
