// SPDX-License-Identifier: GPL-2.0-or-later
//
// Documents for libvirt's Xen driver (hypervisor.md b.2 to b.5).
#pragma once

#include "hypervisor/domain_plan.hpp"

namespace qmgmt {

// What the libvirt at hand reads beyond what all do. It drops without a word what it does not know,
// so that is not written.
struct XenDialect {
    bool qubes = false;       // stub domains, screens, resets of PCI devices as Qubes OS has them
    bool disk_script = false; // who connects a disk: the script of Qubes OS, which is installed
    bool disk_backend = true; // who has a disk: without it, a disk of that path in dom0 is meant
};

inline constexpr const char* disk_script = "/etc/xen/scripts/qubes-block";

// Throws Error{unsupported} for an hvm where the libvirt at hand has no stub domains, and for a
// disk of another qube where it knows none, and Error{failed} for a domain that cannot be: too many
// devices, a name of a disk used twice, options of the kernel that do not fit.
[[nodiscard]] std::string xen_domain_xml(const DomainPlan& plan, XenDialect dialect);

// Throws Error{unsupported} where an hvm cannot be.
void require_stub_domains(XenDialect dialect);

// One PCI device by itself, to attach or, by its address alone, to detach. `power_management`: it
// is the host's alone.
[[nodiscard]] std::string xen_host_device_xml(const PciPlan& plan, bool power_management,
                                              XenDialect dialect);

// One network interface by itself, to attach or, by its MAC alone, to detach. Empty addresses and
// an empty backend are left out.
struct InterfacePlan {
    std::string mac;
    std::string ip;
    std::string ip6;
    std::string backend; // the netvm
};
[[nodiscard]] std::string xen_interface_xml(const InterfacePlan& plan);

// One disk by itself, to attach or, by its target, to detach. Throws Error{unsupported} where
// libvirt would take the disk of another qube for one of dom0, and Error{failed} for a path that
// cannot be connected.
[[nodiscard]] std::string xen_disk_xml(const BlockPlan& plan, XenDialect dialect);

} // namespace qmgmt
