// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/plan/xen.hpp"

#include "base/fd.hpp"
#include "life/plan/feature.hpp"
#include "life/power_state.hpp"
#include "names/number.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// The value of the first line of a key: "model\t\t: 58".
std::string_view value_of(std::string_view text, std::string_view key)
{
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, end - at);
        const auto colon = line.find(':');
        if (colon != std::string_view::npos) {
            const std::string_view name = line.substr(0, colon);
            if (name.substr(0, name.find_last_not_of(" \t") + 1) == key)
                return line.substr(std::min(line.find_first_not_of(" \t", colon + 1), line.size()));
        }
        at = end + 1;
    }
    return {};
}

// Its hypervisor id if it runs.
int running_id(Call& call, std::string_view name)
{
    if (name == "dom0")
        return 0;
    const Qube* qube = name.empty() ? nullptr : call.store().find_any(name);
    if (qube == nullptr)
        return -1;
    return domain_status(call, *qube).id;
}

void plan_clock(XenPlan& xen, const Qube& qube, Effective& effective)
{
    std::string zone = effective.feature_with_template(qube, "timezone").value_or("");
    std::ranges::transform(zone, zone.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (zone == "localtime")
        xen.clock_basis = zone;
    else if (const auto seconds = parse_integer(zone))
        xen.clock_adjustment = *seconds;
}

void plan_device_model(DomainPlan& plan, Call& call, const Qube& qube, Effective& effective)
{
    DeviceModelPlan& model = plan.xen.device_model;
    const auto feature = [&](std::string_view name, const char* otherwise) {
        return effective.feature_with_template(qube, name).value_or(otherwise);
    };
    model.linux = !feature("linux-stubdom", "1").empty();
    model.sound = feature("audio-model", "");
    model.video = feature("video-model", "vga");
    model.full = !model.sound.empty() || has_feature(effective, qube, "stubdom-qrexec");
    model.uefi = has_feature(effective, qube, "uefi");
    model.arguments = feature("qemu-extra-args", "");
    if (const auto memory = parse_decimal(effective.text(qube, "stubdom_mem")))
        model.memory_mib = *memory;
    if (const Qube* netvm = effective.netvm(qube))
        model.gateway = effective.text(*netvm, "gateway");
    model.audiovm_id = running_id(call, effective.text(qube, "audiovm"));
    const std::string guivm = effective.text(qube, "guivm");
    if (running_id(call, guivm) > 0)
        model.guivm = guivm;
}

} // namespace

bool lacks_rdrand(std::string_view processors)
{
    const std::string_view model = value_of(processors, "model");
    return value_of(processors, "vendor_id") == "GenuineIntel" &&
           value_of(processors, "cpu family") == "6" && (model == "58" || model == "62");
}

void plan_machine(DomainPlan& plan, Call& call, const Qube& qube, Effective& effective)
{
    plan.xen.rdrand = !lacks_rdrand(read_small_file("/proc/cpuinfo", 4096));
    plan_clock(plan.xen, qube, effective);
    if (plan.virt_mode == "hvm")
        plan_device_model(plan, call, qube, effective);
}

} // namespace qmgmt
