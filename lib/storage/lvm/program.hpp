// SPDX-License-Identifier: GPL-2.0-or-later
//
// The commands of lvm that this driver uses (storage.md 2.2.2), one program run each, to its end:
// killed half-way, it could leave a volume suspended. `purpose` ("cannot start 'pool:vid'") begins
// the text of every error; what lvm said goes to the log. A logical volume is "<group>/<name>".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace qmgmt::lvm {

// Runs `lvm WORDS` and returns its standard output. Throws Error{storage}, Error{no_space} where
// lvm refuses because a pool or group is full, Error{timeout}.
std::string run(const std::string& purpose, const std::vector<std::string>& words);

// A thin volume of zeros, in `pool` ("<group>/<pool>").
void create(const std::string& purpose, const std::string& pool, const std::string& name,
            std::uint64_t size);
// `to` becomes a copy of `from` that shares all its blocks.
void clone(const std::string& purpose, const std::string& from, const std::string& to);
void rename(const std::string& purpose, const std::string& from, const std::string& to);
// All of them by one command; when one cannot be removed the others are nevertheless.
void remove(const std::string& purpose, const std::vector<std::string>& volumes);
// Grows to `size` bytes, rounded up to whole extents. Having that size already is success.
void extend(const std::string& purpose, const std::string& volume, std::uint64_t size);
// What lies beyond `size` is lost.
void reduce(const std::string& purpose, const std::string& volume, std::uint64_t size);
void activate(const std::string& purpose, const std::string& volume);

// Where the program is.
[[nodiscard]] std::string program();

} // namespace qmgmt::lvm
