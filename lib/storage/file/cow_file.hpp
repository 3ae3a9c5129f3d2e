// SPDX-License-Identifier: GPL-2.0-or-later
//
// The copy-on-write file of a volume of the legacy driver: a persistent dm-snapshot store. Only
// whether it holds anything is of interest here.
#pragma once

#include "storage/directory/image_directory.hpp"

#include <string>

namespace qmgmt {

// Whether the file called `name` holds blocks: its volume has run since it was committed. False
// when it is missing, new or initialised only. What is not understood counts as content.
[[nodiscard]] bool has_cow_content(const ImageDirectory& images, const std::string& name);

} // namespace qmgmt
