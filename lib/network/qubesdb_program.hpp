// SPDX-License-Identifier: GPL-2.0-or-later
//
// QubesDB's own programs, one run a function. All of them throw Error{failed}.
#pragma once

#include "network/table_reading.hpp"
#include "network/table_store.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::qubesdb {

using Words = std::vector<std::string>;

inline constexpr std::string_view daemon_path = "/usr/sbin/qubesdb-daemon";

void start_daemon(const TableOwner& qube);

// Adds a key and its value to what is to be written, if QubesDB takes them.
void add(Words& pairs, std::string_view key, std::string_view value);
// In their order; several runs when they are many. An error leaves some of them unwritten.
void write(const TableOwner& qube, const Words& pairs);

// The keys that are `part`, empty for all, or stand below it.
[[nodiscard]] Words list(const TableOwner& qube, std::string_view part);
// What the run says of keys that it could not remove, empty when it removed all of them: one that
// somebody else has removed is a fault, too. A key with `/` at its end stands for all below it.
[[nodiscard]] std::string remove(const TableOwner& qube, std::span<const std::string> keys);
[[noreturn]] void fail(const TableOwner& qube, const std::string& detail);

void read(const TableOwner& qube, std::string_view part, TableReading& reading);

} // namespace qmgmt::qubesdb
