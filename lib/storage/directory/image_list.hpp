// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which volumes a directory pool holds.
#pragma once

#include <string>
#include <vector>

namespace qmgmt {

// vids of the volumes that have a committed or a running image, sorted. A missing directory holds
// none; foreign files, links and names that are not ours are passed over. Throws Error{storage}
// when a directory cannot be read.
[[nodiscard]] std::vector<std::string> list_images(const std::string& pool_directory);

} // namespace qmgmt
