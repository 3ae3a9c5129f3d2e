// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/plan/kernel.hpp"

#include "base/error.hpp"
#include "life/plan/feature.hpp"
#include "life/property/live.hpp"
#include "storage/linux_kernel.hpp"

namespace qmgmt {
namespace {

KernelFiles installed(const std::string& directory, const std::string& version, const Qube& qube)
{
    try {
        return find_kernel(directory, version);
    } catch (const Error& error) {
        throw Error{failure::vm_failed,
                    "cannot start '" + qube.name() + "': its kernel is not installed",
                    directory + "/" + version + ": " + error.text()};
    }
}

// More memory than it starts with is plugged in, where its kernel can do that.
bool hotplug(const Qube& qube, Effective& effective, bool kernel_can)
{
    if (const auto chosen = effective.feature_with_template(qube, "memory-hotplug"))
        return !chosen->empty();
    return kernel_can && effective.text(qube, "virt_mode") != "hvm";
}

void plan_options(DomainPlan& plan, const Qube& qube, Effective& effective)
{
    XenPlan& xen = plan.xen;
    xen.linux_guest = effective.feature_with_template(qube, "os") == "Linux";
    xen.common_options = !has_feature(effective, qube, "no-default-kernelopts");
    xen.nomodeset = !has_feature(effective, qube, "no-nomodeset");
    for (const char* const module : {"apparmor", "selinux"}) {
        if (xen.security.empty() && effective.feature_with_template(qube, module) == "1")
            xen.security = module;
    }
    const std::string mode = effective.text(qube, "bootmode");
    if (!mode.empty() && mode != "default")
        xen.boot_mode =
            effective.feature_with_template(qube, "boot-mode.kernelopts." + mode).value_or("");
}

} // namespace

void plan_kernel(DomainPlan& plan, Call& call, const Qube& qube, Effective& effective)
{
    const std::string directory = kernel_directory(call.store());
    const std::string version = effective.text(qube, "kernel");
    plan_options(plan, qube, effective);
    if (!version.empty()) {
        KernelFiles files = installed(directory, version, qube);
        plan.xen.memory_hotplug = hotplug(qube, effective, files.memory_hotplug);
        plan.kernel = KernelPlan{.kernel = std::move(files.vmlinuz),
                                 .initrd = std::move(files.initramfs),
                                 .options = effective.text(qube, "kernelopts"),
                                 .common = std::move(files.default_kernelopts_common)};
        return;
    }
    plan.xen.memory_hotplug =
        hotplug(qube, effective, has_feature(effective, qube, "supported-feature.memory-hotplug"));
    if (plan.virt_mode != "hvm" && call.hypervisor().kind() == Hypervisor::Kind::xen)
        plan.xen.boot_loader =
            installed(directory, plan.virt_mode == "pv" ? "pvgrub2" : "pvgrub2-pvh", qube).vmlinuz;
}

} // namespace qmgmt
