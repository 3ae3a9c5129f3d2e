// SPDX-License-Identifier: GPL-2.0-or-later
//
// Directories below the directory of a pool, one component at a time: links are refused, so there
// is no way out of it. What fails returns an empty Fd or false, with errno set.
#pragma once

#include "base/fd.hpp"

#include <string>
#include <vector>

namespace qmgmt {

// The directory of a pool; the path to it is the administrator's and may hold links.
[[nodiscard]] Fd open_pool_directory(const std::string& path);
// `name`, one component, in `parent`. ELOOP or ENOTDIR when it is something else than a directory.
[[nodiscard]] Fd open_directory(int parent, const std::string& name);
// The same, made durably with mode 0775 when it is missing.
[[nodiscard]] Fd make_directory(int parent, const std::string& name);
// Adds the names in `directory`, without "." and "..", in no order.
[[nodiscard]] bool read_entries(int directory, std::vector<std::string>& names);

} // namespace qmgmt
