// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a qube is told about itself and its network: the table that QubesDB holds for it
// (hypervisor.md e). Data only; where tables live: network/table_store.
#pragma once

#include "store/effective.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

inline constexpr std::size_t longest_key = 63;     // QubesDB's
inline constexpr std::size_t longest_value = 3071; // and this

// Keys are absolute ("/qubes-ip"); values are text, and may be empty.
using QubeTable = std::map<std::string, std::string, std::less<>>;

// What the store does not know.
struct TableFacts {
    std::string time_zone;   // of the host: "Europe/Berlin"; empty: unknown, the key is left out
    std::string random_seed; // 64 bytes in base64, new at each start
};

// The whole table of a qube. Features whose names cannot be keys are left out, and logged.
[[nodiscard]] QubeTable qube_table(Effective& effective, const Qube& qube, const TableFacts& facts);

// The key that a feature stands under, if qubes are told of it: "/qubes-service/cups" for
// "service.cups". Empty otherwise, and when its name is too long or could not be one file's.
[[nodiscard]] std::string key_of_feature(std::string_view feature);
// And its value there.
[[nodiscard]] std::string value_of_feature(std::string_view feature, std::string_view value);

// What a netvm is told about those who get their network from it.
[[nodiscard]] QubeTable clients_table(Effective& effective,
                                      const std::vector<const Qube*>& clients);
// Each key of it is one of these or stands below one.
inline constexpr std::string_view client_keys[] = {"/connected-ips", "/connected-ips6",
                                                   "/mapped-ip"};

} // namespace qmgmt
