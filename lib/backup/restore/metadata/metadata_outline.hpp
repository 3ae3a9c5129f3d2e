// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where the labels and the qubes stand in the qubes.xml of a backup. Everything that could cost
// memory without bound is refused here, before anything is made of it.
#pragma once

#include "store/element.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

struct MetadataOutline {
    std::vector<Range> labels;
    std::vector<Range> domains;
};

// Throws BackupError{metadata_invalid, size_limit}.
[[nodiscard]] MetadataOutline outline_of(std::string_view untrusted_xml);

// `reason` is ours: nothing of the text may stand in it that was not checked.
[[noreturn]] void refuse_metadata(const std::string& reason);

} // namespace qmgmt
