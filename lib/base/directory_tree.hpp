// SPDX-License-Identifier: GPL-2.0-or-later
//
// Directories below one that is trusted, one component at a time: links are refused, so there is no
// way out of it. What fails returns an empty Fd or false, with errno set.
#pragma once

#include "base/fd.hpp"

#include <string>
#include <vector>

namespace qmgmt {

// The trusted one, a pool's directory or one of ours; the path to it is the administrator's and may
// hold links.
[[nodiscard]] Fd open_trusted_directory(const std::string& path);
// `name`, one component, in `parent`. ELOOP or ENOTDIR when it is something else than a directory.
[[nodiscard]] Fd open_directory(int parent, const std::string& name);
// The same, made durably with mode 0775 when it is missing.
[[nodiscard]] Fd make_directory(int parent, const std::string& name);
// Adds the names in `directory`, without "." and "..", in no order.
[[nodiscard]] bool read_entries(int directory, std::vector<std::string>& names);

// Adds the paths, from `directory` on, of all files below it that are no directories.
[[nodiscard]] bool read_tree(int directory, std::vector<std::string>& paths);
// Removes `name`, one component, and everything below it. Nothing there is success.
[[nodiscard]] bool remove_tree(int parent, const std::string& name);

} // namespace qmgmt
