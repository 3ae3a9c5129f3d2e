// SPDX-License-Identifier: GPL-2.0-or-later
//
// The objects that libvirt hands out. A domain remembers name, uuid and id of the moment it was
// looked up, as libvirt's does; all else is asked anew.
#pragma once

#include "support/fake_libvirt/world.hpp"

#include <libvirt/libvirt.h>
#include <string>

struct _virConnect {};

struct _virDomain {
    std::string name;
    std::string uuid;
    int id = -1;
};

struct _virNodeDevice {
    std::string name;
};

namespace qmgmt::fake {

[[nodiscard]] inline virDomainPtr handle_of(const Domain& domain)
{
    return new _virDomain{domain.name, domain.uuid, domain.id};
}

[[nodiscard]] std::string uuid_text(const unsigned char* raw);
void uuid_bytes(const std::string& text, unsigned char* raw);

} // namespace qmgmt::fake
