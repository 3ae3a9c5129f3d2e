// SPDX-License-Identifier: GPL-2.0-or-later
//
// Domains of Xen, one for each document that is kept in golden/.
#pragma once

#include "hypervisor/xen/document.hpp"

#include <string>
#include <vector>

namespace qmgmt::test {

struct XenCase {
    std::string name; // of its file, without ".xml"
    DomainPlan plan;
    XenDialect dialect;
};

// An AppVM as most are: pvh, a kernel of dom0, a netvm.
[[nodiscard]] DomainPlan pvh_plan();
// The same as a machine with firmware and a stub domain.
[[nodiscard]] DomainPlan hvm_plan();

inline constexpr XenDialect stock_libvirt{};
inline constexpr XenDialect libvirt_of_qubes{.qubes = true, .disk_script = true};

[[nodiscard]] std::vector<XenCase> xen_cases();

} // namespace qmgmt::test
