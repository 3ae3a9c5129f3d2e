// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the tests of directory pools share: volumes as a store would have them, and a look at the
// files behind them.
#pragma once

#include "storage/pool.hpp"

#include <memory>
#include <set>
#include <string>
#include <sys/stat.h>

namespace qmgmt::test {

inline constexpr std::uint64_t gib = std::uint64_t{1} << 30;

std::unique_ptr<Pool> reflink_pool(const std::string& dir_path);

Volume private_of_app1(int keep = 1);
Volume root_of_t1();
Volume root_of_app1();
Volume volatile_of_app1();

bool exists(const std::string& path);
// Requires the file to be there.
struct stat facts_of(const std::string& path);
ino_t inode(const std::string& path);
std::uint64_t allocated(const std::string& path);
std::set<std::string> names_in(const std::string& directory);

// Writes into an existing image as a running qube would; each write has a later time than all
// before.
void write_image(const std::string& path, const std::string& text, off_t at = 0);
// `length` bytes from the start.
std::string read_image(const std::string& path, std::size_t length, off_t at = 0);
// A new file.
void put_file(const std::string& path, const std::string& text);

} // namespace qmgmt::test
