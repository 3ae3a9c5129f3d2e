// SPDX-License-Identifier: GPL-2.0-or-later
//
// Addresses of qubes: computed from their numbers (store.md 8.3), or given.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

// 10.137.x.y of a qid, 10.138.x.y of a dispid; ends in .1 to .254, but for the dispid 0 in .0.
// `id` from 0 to 10000.
[[nodiscard]] std::string ipv4_of(unsigned id, bool disposable);
// fd09:24ef:4179::a89:<qid>, ::a8a:<dispid>, compressed lower case.
[[nodiscard]] std::string ipv6_of(unsigned id, bool disposable);

// The same for every qube: it is alone on its link, and netvms pass on what is sent to these two.
inline constexpr std::string_view netmask_of_qubes = "255.255.255.255";
inline constexpr std::string_view primary_dns = "10.139.1.1";
inline constexpr std::string_view secondary_dns = "10.139.1.2";

// Dotted, each 0 to 255 without leading zeros.
[[nodiscard]] bool is_ipv4(std::string_view untrusted_text);
// In canonical compressed form; nothing when it is not an address.
[[nodiscard]] std::optional<std::string> canonical_ipv6(std::string_view untrusted_text);
// Six pairs of hex digits with colons, lower-cased; nothing when it is not one.
[[nodiscard]] std::optional<std::string> canonical_mac(std::string_view untrusted_text);

} // namespace qmgmt
