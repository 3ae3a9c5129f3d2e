// SPDX-License-Identifier: GPL-2.0-or-later

#include "lib/hypervisor/xen_plans.hpp"

namespace qmgmt::test {
namespace {

DomainPlan pv_plan()
{
    DomainPlan plan = pvh_plan();
    plan.virt_mode = "pv";
    return plan;
}

DomainPlan hvm_with_devices()
{
    DomainPlan plan = hvm_plan();
    plan.maxmem_mib = 0;
    plan.kernel->options = "";
    plan.xen.pci = {{.slot = 0x1b, .strict_reset = false, .permissive = true},
                    {.domain = 1, .bus = 0xa0, .slot = 0x1f, .function = 7}};
    return plan;
}

DomainPlan changed(DomainPlan plan, void (*change)(DomainPlan&))
{
    change(plan);
    return plan;
}

std::vector<XenCase> modes()
{
    return {
        {"pvh", pvh_plan(), libvirt_of_qubes},
        {"pvh-stock", pvh_plan(), stock_libvirt},
        {"pv", pv_plan(), libvirt_of_qubes},
        {"pv-pci", changed(pv_plan(), [](DomainPlan& plan) { plan.xen.pci = {{.bus = 2}}; }),
         stock_libvirt},
        {"hvm", hvm_plan(), libvirt_of_qubes},
        {"hvm-pci", hvm_with_devices(), libvirt_of_qubes},
        {"hvm-no-netvm", changed(hvm_plan(), [](DomainPlan& plan) { plan.netvm.clear(); }),
         libvirt_of_qubes},
        {"hvm-old-stubdom",
         changed(hvm_plan(),
                 [](DomainPlan& plan) {
                     plan.xen.device_model.linux = false;
                     plan.xen.clock_basis = "localtime";
                 }),
         libvirt_of_qubes},
        {"uefi",
         changed(hvm_plan(),
                 [](DomainPlan& plan) {
                     plan.xen.device_model.uefi = true;
                     plan.xen.clock_adjustment = 3600;
                     plan.kernel.reset();
                 }),
         libvirt_of_qubes},
        {"sound",
         changed(hvm_plan(),
                 [](DomainPlan& plan) {
                     plan.xen.device_model.sound = "ich6";
                     plan.xen.device_model.full = true;
                     plan.xen.device_model.memory_mib = 144;
                     plan.xen.device_model.audiovm_id = 3;
                     plan.xen.device_model.guivm = "sys-gui";
                     plan.xen.device_model.arguments = "-device usb-kbd";
                 }),
         libvirt_of_qubes},
        {"no-screen",
         changed(hvm_plan(), [](DomainPlan& plan) { plan.xen.device_model.video = "none"; }),
         libvirt_of_qubes},
        {"debug", changed(hvm_plan(), [](DomainPlan& plan) { plan.debug = true; }),
         libvirt_of_qubes},
    };
}

std::vector<XenCase> memory_and_disks()
{
    return {
        {"memory-hotplug",
         changed(pvh_plan(), [](DomainPlan& plan) { plan.xen.memory_hotplug = true; }),
         libvirt_of_qubes},
        {"maxmem-0", changed(pvh_plan(), [](DomainPlan& plan) { plan.maxmem_mib = 0; }),
         libvirt_of_qubes},
        {"cdrom",
         changed(hvm_plan(),
                 [](DomainPlan& plan) {
                     plan.kernel.reset();
                     plan.disks.pop_back();
                     plan.xen.blocks = {{.path = "/dev/sr0", .cdrom = true, .writable = false}};
                 }),
         libvirt_of_qubes},
        {"backend-disk",
         changed(pvh_plan(),
                 [](DomainPlan& plan) {
                     plan.disks.push_back({"data", "/dev/vg/data", true, true, "storage"});
                     plan.xen.blocks = {{.path = "/dev/sda", .backend = "sys-usb"},
                                        {.path = "/dev/sdb",
                                         .backend = "old-usb",
                                         .target = "xvdk",
                                         .writable = false,
                                         .script = false}};
                 }),
         libvirt_of_qubes},
        {"twenty-disks",
         changed(pvh_plan(),
                 [](DomainPlan& plan) {
                     plan.xen.blocks.resize(20);
                     for (std::size_t i = 0; i < plan.xen.blocks.size(); ++i)
                         plan.xen.blocks[i].path = "/dev/loop" + std::to_string(i);
                     plan.xen.blocks[19].target = "xvdj";
                 }),
         libvirt_of_qubes},
    };
}

std::vector<XenCase> kernels_and_network()
{
    return {
        {"ipv6", changed(pvh_plan(), [](DomainPlan& plan) { plan.ip6 = "fd09:24ef:4179::a89:c"; }),
         libvirt_of_qubes},
        {"no-kernel",
         changed(pvh_plan(),
                 [](DomainPlan& plan) {
                     plan.kernel.reset();
                     plan.disks.pop_back();
                     plan.xen.boot_loader = "/var/lib/qubes/vm-kernels/pvgrub2-pvh/vmlinuz";
                 }),
         libvirt_of_qubes},
        {"apparmor",
         changed(pvh_plan(),
                 [](DomainPlan& plan) {
                     plan.xen.security = "apparmor";
                     plan.xen.boot_mode = "single";
                 }),
         libvirt_of_qubes},
        {"selinux", changed(pvh_plan(), [](DomainPlan& plan) { plan.xen.security = "selinux"; }),
         libvirt_of_qubes},
        {"no-default-kernelopts",
         changed(pvh_plan(), [](DomainPlan& plan) { plan.xen.common_options = false; }),
         libvirt_of_qubes},
        {"gpu",
         changed(hvm_with_devices(),
                 [](DomainPlan& plan) {
                     plan.xen.nomodeset = false;
                     plan.xen.power_management = false;
                     plan.xen.e820_host = false;
                     plan.xen.rdrand = false;
                 }),
         libvirt_of_qubes},
        {"kernel-with-options",
         changed(pvh_plan(),
                 [](DomainPlan& plan) {
                     plan.kernel->common = "root=/dev/xvda ro nomodeset quiet";
                     plan.kernel->initrd.reset();
                     plan.xen.nomodeset = false;
                 }),
         libvirt_of_qubes},
    };
}

} // namespace

DomainPlan pvh_plan()
{
    DomainPlan plan;
    plan.name = "work";
    plan.uuid = *Uuid::parse("0f3c2a54-7a1d-4d0e-9a42-3f7c3e0b9d11");
    plan.klass = "AppVM";
    plan.qid = 12;
    plan.virt_mode = "pvh";
    plan.memory_mib = 400;
    plan.maxmem_mib = 4000;
    plan.vcpus = 2;
    const std::string kernel = "/var/lib/qubes/vm-kernels/6.6.54-1/";
    plan.kernel = KernelPlan{kernel + "vmlinuz", kernel + "initramfs", "swiotlb=2048", {}};
    plan.disks = {{"root", "/dev/mapper/qubes_dom0-vm--work--root--snap", true, true, {}},
                  {"private", "/dev/mapper/qubes_dom0-vm--work--private--snap", true, true, {}},
                  {"volatile", "/dev/mapper/qubes_dom0-vm--work--volatile", true, true, {}},
                  {"kernel", kernel + "modules.img", false, false, {}}};
    plan.netvm = "sys-firewall";
    plan.ip = "10.137.0.12";
    plan.mac = "00:16:3e:5e:6c:00";
    plan.xen.linux_guest = true;
    return plan;
}

DomainPlan hvm_plan()
{
    DomainPlan plan = pvh_plan();
    plan.virt_mode = "hvm";
    plan.xen.device_model.gateway = "10.137.0.5";
    return plan;
}

std::vector<XenCase> xen_cases()
{
    std::vector<XenCase> all = modes();
    for (auto more : {memory_and_disks(), kernels_and_network()})
        all.insert(all.end(), more.begin(), more.end());
    return all;
}

} // namespace qmgmt::test
