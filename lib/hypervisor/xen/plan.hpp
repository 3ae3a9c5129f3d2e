// SPDX-License-Identifier: GPL-2.0-or-later
//
// What only a domain of Xen has, as plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace qmgmt {

// A disk that the domain gets beside its volumes, when it starts or while it runs.
struct BlockPlan {
    std::string path;    // absolute, in the qube that has it
    std::string backend; // that qube; empty: dom0
    std::string target;  // "xvdi"; empty, when it starts: the next that is free
    bool cdrom = false;
    bool writable = true;
    bool script = true; // its backend's agent can do with our script
    bool image = false; // a file, no block device: QEMU is told
};

struct PciPlan {
    unsigned domain = 0;
    unsigned bus = 0;
    unsigned slot = 0;
    unsigned function = 0;
    bool strict_reset = true; // refused where the host cannot reset the device
    bool permissive = false;  // the guest may write all of its configuration space
};

// The device model of an hvm and the stub domain it runs in.
struct DeviceModelPlan {
    bool linux = true;            // the stub domain; no: the old one
    bool full = false;            // with sound and qrexec in it
    std::uint64_t memory_mib = 0; // of the stub domain; 0: as Xen has it
    std::string arguments;        // more for the model's command line
    int audiovm_id = -1;          // of the domain that plays its sound; -1: none
    std::string gateway;          // of its netvm
    std::string video = "vga";    // "none": no screen
    std::string sound;            // empty: none
    std::string guivm;            // shows its screen; empty: dom0
    bool uefi = false;
};

struct XenPlan {
    std::string boot_loader; // pv, pvh without a kernel of dom0: what boots the qube's own
    bool memory_hotplug = false;
    bool rdrand = true;         // the machine's instruction is to be used
    bool linux_guest = false;   // is told its machine id
    bool common_options = true; // what every guest's kernel is told
    bool nomodeset = true;
    std::string security;            // apparmor, selinux; empty: as the guest has it
    std::string boot_mode;           // kernel options, last
    std::string clock_basis = "utc"; // hvm: utc, localtime
    std::int64_t clock_adjustment = 0;
    bool e820_host = true;        // with PCI devices: the guest sees the machine's memory map
    bool power_management = true; // of PCI devices is the host's alone
    DeviceModelPlan device_model;
    std::vector<PciPlan> pci;
    std::vector<BlockPlan> blocks;
};

} // namespace qmgmt
