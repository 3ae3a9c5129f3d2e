// SPDX-License-Identifier: GPL-2.0-or-later
//
// The parts of a document for Xen that are devices.
#pragma once

#include "hypervisor/xen/document.hpp"

#include <pugixml.hpp>

namespace qmgmt::xen {

// All of them, below `node`.
void devices(pugi::xml_node node, const DomainPlan& plan, XenDialect dialect);

// Volumes, then other block devices. Throws Error{failed} when their names clash or there are more
// than names.
void disks(pugi::xml_node devices, const DomainPlan& plan, XenDialect dialect);

// Of an hvm: the stub domain, and what only a device model can show: screen, pointer, sound.
void device_model(pugi::xml_node devices, const DomainPlan& plan);

} // namespace qmgmt::xen
