// SPDX-License-Identifier: GPL-2.0-or-later
//
// Changes to a document, written as one (hypervisor.md b.1):
//   <patch>
//     <set path="/domain/features/viridian" remove="yes"/>
//     <set path="/domain/vcpu">4</set>
//     <set path="/domain/vcpu" attr="placement">static</set>
//     <append path="/domain/devices"><rng .../></append>
//     <replace path="/domain/clock"><clock .../></replace>
//   </patch>
// A path is an XPath to elements; each of them is changed. One that leads nowhere is an error but
// with optional="yes".
#pragma once

#include <pugixml.hpp>

#include <set>
#include <string>

namespace qmgmt::override_file {

// Applies the changes in their order. Disks that are removed by name of theirs are added to
// `removed_disks` by their target. Throws Unusable; the document is of no use then.
void apply(const pugi::xml_document& patch, pugi::xml_document& document,
           std::set<std::string>& removed_disks);

} // namespace qmgmt::override_file
