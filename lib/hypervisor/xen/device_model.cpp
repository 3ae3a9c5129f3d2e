// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/xen/devices.hpp"
#include "hypervisor/xml_tree.hpp"
#include "store/address.hpp"

namespace qmgmt {
namespace {

using pugi::xml_node;
using xml::attribute;

constexpr const char* full_kernel = "/usr/libexec/xen/boot/qemu-stubdom-linux-full-kernel";
constexpr const char* full_root = "/usr/libexec/xen/boot/qemu-stubdom-linux-full-rootfs";

// The stub domain stands between the guest and its netvm, and answers it as a network would.
std::string network_arguments(const DomainPlan& plan)
{
    const std::string primary{primary_dns};
    const std::string secondary{secondary_dns};
    const std::string rest =
        ",gw=" + plan.xen.device_model.gateway + ",netmask=" + std::string{netmask_of_qubes};
    if (plan.xen.device_model.linux)
        return "-qubes-net:client_ip=" + plan.ip + ",dns_0=" + primary + ",dns_1=" + secondary +
               rest;
    return "-net lwip,client_ip=" + plan.ip + ",server_ip=" + secondary + ",dns=" + primary + rest;
}

std::string arguments(const DomainPlan& plan)
{
    const DeviceModelPlan& model = plan.xen.device_model;
    std::string line;
    const auto add = [&line](const std::string& words) {
        if (!words.empty())
            line += (line.empty() ? "" : " ") + words;
    };
    if (model.linux) {
        add("-qubes-audio:audiovm_xid=" + std::to_string(model.audiovm_id));
        add(model.arguments);
        if (plan.debug)
            add("-trace xen_platform_log");
    }
    if (!plan.netvm.empty())
        add(network_arguments(plan));
    return line;
}

void emulator(xml_node devices, const DomainPlan& plan)
{
    const DeviceModelPlan& model = plan.xen.device_model;
    xml_node node = devices.append_child("emulator");
    attribute(node, "type", model.linux ? "stubdom-linux" : "stubdom");
    const std::string line = arguments(plan);
    if (!line.empty())
        attribute(node, "cmdline", line);
    if (model.memory_mib != 0)
        attribute(node, "memory", std::to_string(model.memory_mib * 1024));
    if (model.full) {
        attribute(node, "kernel", full_kernel);
        attribute(node, "ramdisk", full_root);
    }
}

void screen(xml_node devices, const DomainPlan& plan)
{
    const DeviceModelPlan& model = plan.xen.device_model;
    if (model.video == "none")
        return;
    attribute(devices.append_child("video").append_child("model"), "type", model.video);
    if (!model.linux)
        return; // the old stub domain shows nothing
    xml_node graphics = devices.append_child("graphics");
    attribute(graphics, "type", "qubes");
    if (!model.guivm.empty())
        attribute(graphics, "domain", model.guivm);
    if (plan.debug)
        attribute(graphics, "log_level", "2");
}

} // namespace

void xen::device_model(xml_node devices, const DomainPlan& plan)
{
    emulator(devices, plan);
    xml_node input = devices.append_child("input");
    attribute(input, "type", "tablet");
    attribute(input, "bus", "usb");
    if (!plan.xen.device_model.sound.empty())
        attribute(devices.append_child("sound"), "model", plan.xen.device_model.sound);
    screen(devices, plan);
}

} // namespace qmgmt
