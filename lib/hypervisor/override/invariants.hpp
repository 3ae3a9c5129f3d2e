// SPDX-License-Identifier: GPL-2.0-or-later
//
// What holds of a document whatever anybody wants otherwise.
#pragma once

#include <pugixml.hpp>

#include <set>
#include <string>

namespace qmgmt::override_file {

// Gives `changed` the name, the uuid and the metadata of `original`.
void restore_identity(pugi::xml_document& changed, const pugi::xml_document& original);

// Gives it the disks of `original` when it has none.
void restore_disks(pugi::xml_document& changed, const pugi::xml_document& original);

// Throws Unusable when its type is another, when a disk of `original` is missing that is not among
// `removed_disks`, and when the domain would come back by itself after it has ended.
void check_invariants(const pugi::xml_document& changed, const pugi::xml_document& original,
                      const std::set<std::string>& removed_disks);

} // namespace qmgmt::override_file
