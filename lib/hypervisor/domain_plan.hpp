// SPDX-License-Identifier: GPL-2.0-or-later
//
// A domain as plain data, from which the domain XML of each hypervisor is made.
#pragma once

#include "hypervisor/xen/plan.hpp"
#include "names/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qmgmt {

struct DiskPlan {
    std::string role; // root, private, volatile, kernel or another: becomes the disk's serial
    std::string path; // absolute, of an image or a block device
    bool block_device = false;
    bool writable = true;
    std::string backend; // on Xen: the qube that has it; empty: dom0
};

struct KernelPlan {
    std::string kernel;                // absolute path
    std::optional<std::string> initrd; // absolute path
    std::string options;               // the property kernelopts
    std::optional<std::string> common; // on Xen: what its directory has for every guest's options
};

struct DomainPlan {
    std::string name;
    Uuid uuid;
    std::string klass;
    std::string base; // the template of a disposable
    int qid = 0;
    std::string virt_mode; // hvm, pv, pvh
    std::uint64_t memory_mib = 0;
    std::uint64_t maxmem_mib = 0; // 0: no balancing
    unsigned vcpus = 1;
    std::optional<KernelPlan> kernel;
    std::vector<DiskPlan> disks;
    std::string netvm; // empty: none
    bool provides_network = false;
    std::string ip; // the real one, also of a qube that sees another
    std::string ip6;
    std::string mac;
    std::string console_log; // QEMU: where the first serial port is written; empty: nowhere
    bool debug = false;
    XenPlan xen;
};

enum class QemuNet { none, user };

// The document for libvirt's QEMU driver under emulation (hypervisor.md b.6).
[[nodiscard]] std::string qemu_domain_xml(const DomainPlan& plan, QemuNet net);

// One network interface by itself, to attach or detach.
[[nodiscard]] std::string qemu_interface_xml(const std::string& mac);

// One disk by itself, to attach or detach; "xvdi" is the guest's vdi. Throws Error{unsupported} for
// one of another qube and for a name that is no xvd.
[[nodiscard]] std::string qemu_disk_xml(const BlockPlan& plan);

} // namespace qmgmt
