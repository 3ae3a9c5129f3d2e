// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/libvirt/failure.hpp"
#include "support/catch.hpp"

#include <cerrno>
#include <libvirt/virterror.h>

using qmgmt::libvirt::Doing;
using qmgmt::libvirt::failure_of;

namespace {

struct Row {
    int code;
    int domain;
    int system_error;
    const char* text;
    Doing doing;
    qmgmt_hv_failure failure;
};

} // namespace

TEST_CASE("libvirt: every error of the table means one of our failures")
{
    constexpr auto reading = Doing::reading;
    const Row rows[] = {
        {42, VIR_FROM_QEMU, 0, "Domain not found", reading, QMGMT_HV_NO_DOMAIN},
        {53, VIR_FROM_NODEDEV, 0, "no node device 'pci_0'", Doing::changing, QMGMT_HV_NO_DEVICE},
        {55, VIR_FROM_QEMU, 0, "domain is not running", Doing::changing, QMGMT_HV_BAD_STATE},
        {9, VIR_FROM_QEMU, 0, "domain 'x' already exists with uuid y", Doing::defining,
         QMGMT_HV_EXISTS},
        {9, VIR_FROM_QEMU, 0, "domain is already defined with uuid y", Doing::defining,
         QMGMT_HV_EXISTS},
        {9, VIR_FROM_QEMU, 0, "already exists with uuid", Doing::changing, QMGMT_HV_INTERNAL},
        {9, VIR_FROM_QEMU, 0, nullptr, Doing::defining, QMGMT_HV_INTERNAL},
        {27, VIR_FROM_DOMAIN, 0, "target 'vdi' duplicated", Doing::defining, QMGMT_HV_CONFIG},
        {35, VIR_FROM_DOMAIN, 0, "", Doing::defining, QMGMT_HV_CONFIG},
        {92, VIR_FROM_DOMAIN, 0, "", Doing::defining, QMGMT_HV_CONFIG},
        {8, VIR_FROM_QEMU, 0, "cannot set memory higher than max", Doing::changing,
         QMGMT_HV_CONFIG},
        {67, VIR_FROM_QEMU, 0, "host doesn't support passthrough", Doing::changing,
         QMGMT_HV_UNSUPPORTED},
        {3, VIR_FROM_TEST, 0, "", reading, QMGMT_HV_UNSUPPORTED},
        {84, VIR_FROM_QEMU, 0, "", Doing::changing, QMGMT_HV_UNSUPPORTED},
        {16, VIR_FROM_LIBXL, 0, "hvm", Doing::defining, QMGMT_HV_NO_HVM},
        {70, VIR_FROM_HOOK, 0, "Hook script execution failed", Doing::changing,
         QMGMT_HV_HOOK_REFUSED},
        {38, VIR_FROM_RPC, ENOENT, "", Doing::opening, QMGMT_HV_UNAVAILABLE},
        {38, VIR_FROM_RPC, ECONNREFUSED, "", Doing::opening, QMGMT_HV_UNAVAILABLE},
        {38, VIR_FROM_RPC, ECONNRESET, "Cannot recv data", Doing::opening, QMGMT_HV_LOST},
        {38, VIR_FROM_RPC, 0, "too long for unix socket", Doing::opening, QMGMT_HV_UNAVAILABLE},
        {38, VIR_FROM_RPC, EACCES, "", Doing::opening, QMGMT_HV_DENIED},
        {38, VIR_FROM_RPC, EPIPE, "Cannot write data: Broken pipe", reading, QMGMT_HV_LOST},
        {1, VIR_FROM_RPC, 0, "client socket is closed", reading, QMGMT_HV_LOST},
        {38, VIR_FROM_STORAGE, ENOENT, "Cannot access storage file", Doing::changing,
         QMGMT_HV_STORAGE},
        {38, VIR_FROM_QEMU, EACCES, "cannot open a file", Doing::changing, QMGMT_HV_INTERNAL},
        {38, VIR_FROM_QEMU, ENOENT, "cannot open a file", Doing::defining, QMGMT_HV_INTERNAL},
        {38, VIR_FROM_NONE, EACCES, "Cannot create user runtime directory", Doing::opening,
         QMGMT_HV_DENIED},
        {1, VIR_FROM_QEMU, 0, "qemu: Cannot allocate memory", Doing::changing, QMGMT_HV_NO_MEMORY},
        {1, VIR_FROM_QEMU, 0, "cannot allocate memory", Doing::changing, QMGMT_HV_NO_MEMORY},
        {1, VIR_FROM_QEMU, 0, "Could not open '/x'", Doing::changing, QMGMT_HV_STORAGE},
        {1, VIR_FROM_QEMU, 0, "something else", Doing::changing, QMGMT_HV_INTERNAL},
        {1, VIR_FROM_LIBXL, 0, "libxenlight state driver is not active", Doing::opening,
         QMGMT_HV_UNAVAILABLE},
        {1, VIR_FROM_LIBXL, 0, "a domain went away", reading, QMGMT_HV_INTERNAL},
        {5, VIR_FROM_NONE, 0, "no connection driver available for xen:///", Doing::opening,
         QMGMT_HV_UNAVAILABLE},
        {45, VIR_FROM_RPC, 0, "", Doing::opening, QMGMT_HV_DENIED},
        {79, VIR_FROM_RPC, 0, "", Doing::opening, QMGMT_HV_DENIED},
        {94, VIR_FROM_RPC, 0, "", Doing::opening, QMGMT_HV_DENIED},
        {29, VIR_FROM_QEMU, 0, "", Doing::changing, QMGMT_HV_DENIED},
        {88, VIR_FROM_ACCESS, 0, "", reading, QMGMT_HV_DENIED},
        {68, VIR_FROM_QEMU, 0, "", Doing::changing, QMGMT_HV_TIMEOUT},
        {86, VIR_FROM_QEMU, 0, "", Doing::changing, QMGMT_HV_TIMEOUT},
        {87, VIR_FROM_QEMU, 0, "", Doing::changing, QMGMT_HV_BUSY},
        {4711, VIR_FROM_QEMU, 0, "", Doing::changing, QMGMT_HV_INTERNAL},
    };
    for (const Row& row : rows) {
        INFO(row.code << "/" << row.domain << " " << (row.text == nullptr ? "" : row.text));
        CHECK(failure_of(row.code, row.domain, row.system_error, row.text, row.doing) ==
              row.failure);
    }
}
