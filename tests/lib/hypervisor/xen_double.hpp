// SPDX-License-Identifier: GPL-2.0-or-later
//
// A stand-in for the object that links libxl: its table of functions, on a Xen that a test fills.
#pragma once

#include "hypervisor/libxl/border.h"
#include "names/uuid.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace qmgmt::test {

struct XenDouble {
    std::vector<qmgmt_xen_domain> domains;
    std::map<unsigned, int> pauses; // of a domain that is paused, if more than one
    std::map<unsigned, long long> start_times;
    qmgmt_xen_host host{8 << 20, 1 << 20, 4};
    std::vector<qmgmt_xen_pci> assignable;
    std::map<unsigned, std::vector<qmgmt_xen_pci>> assigned;
    std::map<unsigned, std::vector<qmgmt_xen_disk>> disks; // by who uses them
    std::string added_script;                              // of the last that was added
    std::vector<int> limits;                               // that were given, in milliseconds
    std::map<std::string, std::string> nodes;              // of xenstore

    struct Permission {
        unsigned domain;
        bool writable;
        friend bool operator==(const Permission&, const Permission&) = default;
    };
    std::map<std::string, Permission> permissions;

    // The next call of a name fails in this way: `open`, `list`, `store_read`, ...
    std::map<std::string, qmgmt_xen_failure> failing;
    std::map<std::string, std::function<void()>> before; // happens when it is called
    std::vector<std::string> asked;                      // names of what was called
    int open_handles = 0;                                // and connections to xenstore
    int unreleased = 0;
};

// The one behind the table; each test begins with a new one.
[[nodiscard]] XenDouble& xen_double();
XenDouble& new_xen_double();
[[nodiscard]] const qmgmt_xen& xen_double_functions();

// A disk of the domain `backend`, "/dev/sda".
[[nodiscard]] qmgmt_xen_disk xen_disk(unsigned backend, const std::string& target);

// A domain that runs; the double calls it "domain ID".
[[nodiscard]] qmgmt_xen_domain xen_domain(unsigned id, const Uuid& uuid);

} // namespace qmgmt::test
