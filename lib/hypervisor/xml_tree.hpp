// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the documents of all hypervisors are made with: a tree, so that values cannot break out of
// their places.
#pragma once

#include "hypervisor/domain_plan.hpp"

#include <pugixml.hpp>

#include <string>

namespace qmgmt::xml {

// Both throw Error{failed} for control characters but tabs and line ends.
void text(pugi::xml_node parent, const char* name, const std::string& value);
void attribute(pugi::xml_node node, const char* name, const std::string& value);
void memory(pugi::xml_node parent, const char* name, std::uint64_t mib);

// The element by which we know a domain for one of ours, with what its qube is in the store; every
// driver of libvirt keeps it.
void metadata(pugi::xml_node domain, const DomainPlan& plan);

// A guest that ends in any way is gone: libvirt would start it anew after a reboot from inside, and
// nobody would have cleaned up.
void ends(pugi::xml_node domain);

// `prefix`, and a to z, then aa to zz: "vd" and 26 are vdaa.
[[nodiscard]] std::string disk_name(const char* prefix, std::size_t index);

// The letter that a volume has in every document, 0 for root; further roles have none.
[[nodiscard]] std::optional<std::size_t> disk_index(std::string_view role);
inline constexpr std::size_t fixed_disks = 4;

[[nodiscard]] std::string text_of(const pugi::xml_document& document);

} // namespace qmgmt::xml
