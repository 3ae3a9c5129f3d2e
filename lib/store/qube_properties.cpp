// SPDX-License-Identifier: GPL-2.0-or-later
//
// The properties of qubes (store.md 3.4), by load stage, then name.

#include "store/property_table.hpp"

namespace qmgmt {
namespace {

using enum PropertyType;
using From = DefaultFrom;
using Rule = PropertyRule;
using Effects = PropertyEffect;

constexpr PropertyRow rows[] = {
    {.name = "auto_cleanup", .type = boolean, .classes_r40 = class_disp, .classes_current = class_disp, .from_r40 = From::constant, .constant_r40 = "False", .from_current = From::constant, .constant_current = "False", .help = "Delete the disposable once it has shut down."},
    {.name = "autostart", .type = boolean, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::constant, .constant_r40 = "False", .from_current = From::constant, .constant_current = "False", .effect = Effects::autostart, .help = "Start the VM when dom0 boots."},
    {.name = "backup_timestamp", .type = integer, .classes_r40 = class_qube, .classes_current = class_qube, .rule = Rule::at_least_zero, .copied = false, .help = "Time of the last backup."},
    {.name = "debug", .type = boolean, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::constant, .constant_r40 = "False", .from_current = From::constant, .constant_current = "False", .help = "Start with debugging aids."},
    {.name = "default_user", .type = text, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::template_or, .constant_r40 = "user", .from_current = From::template_or, .constant_current = "user", .rule = Rule::user_name, .help = "User that runs programs in the VM."},
    {.name = "devices_denied", .type = text, .classes_current = class_qube | class_admin, .from_current = From::constant, .rule = Rule::devices_denied, .none_allowed = true, .help = "Device interfaces this VM must never get."},
    {.name = "dispid", .type = integer, .classes_r40 = class_disp, .classes_current = class_disp, .rule = Rule::write_once, .copied = false, .help = "Persistent random number of a disposable."},
    {.name = "dns", .type = text, .classes_current = class_qube, .from_current = From::computed, .rule = Rule::read_only, .copied = false, .help = "Name servers of the VM, space separated."},
    {.name = "gateway", .type = text, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::computed, .from_current = From::computed, .rule = Rule::read_only, .copied = false, .help = "IPv4 gateway offered to connected VMs."},
    {.name = "gateway6", .type = text, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::computed, .from_current = From::computed, .rule = Rule::read_only, .copied = false, .help = "IPv6 gateway offered to connected VMs."},
    {.name = "icon", .type = text, .classes_current = class_any, .from_current = From::computed, .rule = Rule::read_only, .copied = false, .help = "Name of the themed icon for the VM."},
    {.name = "include_in_backups", .type = boolean, .classes_r40 = class_qube, .classes_current = class_template | class_app | class_standalone, .from_r40 = From::constant, .constant_r40 = "True", .from_current = From::constant, .constant_current = "True", .help = "Part of the default backup."},
    {.name = "include_in_backups", .type = boolean, .classes_current = class_disp, .from_current = From::computed, .help = "Part of the default backup."},
    {.name = "include_in_backups", .type = boolean, .classes_current = class_admin, .from_current = From::constant, .constant_current = "True", .help = "Part of the default backup."},
    {.name = "include_in_backups", .type = boolean, .classes_current = class_remote, .from_current = From::constant, .constant_current = "False", .help = "Part of the default backup."},
    {.name = "installed_by_rpm", .type = boolean, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::constant, .constant_r40 = "False", .from_current = From::constant, .constant_current = "False", .copied = false, .help = "The VM belongs to a dom0 package."},
    {.name = "ip", .type = text, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::computed, .from_current = From::computed, .rule = Rule::ipv4, .help = "IPv4 address of the VM."},
    {.name = "ip6", .type = text, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::computed, .from_current = From::computed, .rule = Rule::ipv6, .help = "IPv6 address of the VM."},
    {.name = "is_preload", .type = boolean, .classes_current = class_disp, .from_current = From::computed, .rule = Rule::read_only, .copied = false, .help = "Tells whether this disposable is a preloaded one."},
    {.name = "kernel", .type = text, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::global, .constant_r40 = "default_kernel", .from_current = From::template_global, .constant_current = "default_kernel", .rule = Rule::kernel, .effect = Effects::kernel, .none_allowed = true, .help = "Kernel version booted by the VM, empty for its own."},
    {.name = "keyboard_layout", .type = text, .classes_current = class_qube, .from_current = From::computed, .rule = Rule::keyboard_layout, .help = "Keyboard layout as layout+variant+options."},
    {.name = "keyboard_layout", .type = text, .classes_current = class_admin, .from_current = From::constant, .constant_current = "us++", .rule = Rule::keyboard_layout, .help = "Keyboard layout as layout+variant+options."},
    {.name = "klass", .type = text, .classes_r40 = class_qube | class_admin, .classes_current = class_any, .from_r40 = From::computed, .from_current = From::computed, .rule = Rule::read_only, .copied = false, .help = "Class of the VM."},
    {.name = "label", .type = label, .classes_r40 = class_qube | class_admin, .classes_current = class_any, .rule = Rule::label, .effect = Effects::label, .help = "Colour label that marks the trust of the VM."},
    {.name = "mac", .type = text, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::constant, .constant_r40 = "00:16:3e:5e:6c:00", .from_current = From::constant, .constant_current = "00:16:3e:5e:6c:00", .rule = Rule::mac, .help = "Ethernet address of the virtual interface."},
    {.name = "maxmem", .type = integer, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::computed, .from_current = From::computed, .rule = Rule::maxmem, .effect = Effects::maxmem, .help = "Upper memory limit in MiB for the balancer."},
    {.name = "maxmem", .type = integer, .classes_current = class_admin, .from_current = From::live, .rule = Rule::read_only, .copied = false, .help = "Memory limit of dom0 in MiB."},
    {.name = "memory", .type = integer, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::constant, .constant_r40 = "400", .from_current = From::template_or, .constant_current = "400", .rule = Rule::at_least_one, .help = "Memory in MiB at start."},
    {.name = "name", .type = text, .classes_r40 = class_qube, .classes_current = class_qube | class_remote, .rule = Rule::write_once, .copied = false, .help = "Unique name of the VM."},
    {.name = "name", .type = text, .classes_r40 = class_admin, .classes_current = class_admin, .from_r40 = From::constant, .constant_r40 = "dom0", .from_current = From::constant, .constant_current = "dom0", .rule = Rule::read_only, .copied = false, .help = "Name of the administrative domain."},
    {.name = "provides_network", .type = boolean, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::constant, .constant_r40 = "False", .from_current = From::constant, .constant_current = "False", .rule = Rule::provides_network, .effect = Effects::provides_network, .help = "Lets other VMs use this one as their netvm."},
    {.name = "qid", .type = integer, .classes_r40 = class_qube, .classes_current = class_qube | class_remote, .rule = Rule::write_once, .copied = false, .help = "Persistent numeric id of the VM, not the hypervisor id."},
    {.name = "qid", .type = integer, .classes_r40 = class_admin, .classes_current = class_admin, .from_r40 = From::constant, .constant_r40 = "0", .from_current = From::constant, .constant_current = "0", .rule = Rule::read_only, .copied = false, .help = "Persistent numeric id, always zero here."},
    {.name = "qrexec_timeout", .type = integer, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::constant, .constant_r40 = "60", .from_current = From::template_global, .constant_current = "default_qrexec_timeout", .rule = Rule::at_least_one, .help = "Seconds to wait for the agent after start."},
    {.name = "remote_name", .type = text, .classes_current = class_remote, .help = "Name of the VM on its own host."},
    {.name = "shutdown_timeout", .type = integer, .classes_current = class_qube, .from_current = From::template_global, .constant_current = "default_shutdown_timeout", .rule = Rule::at_least_one, .help = "Seconds to wait for a clean shutdown."},
    {.name = "start_time", .type = text, .classes_current = class_qube, .from_current = From::live, .rule = Rule::read_only, .copied = false, .help = "When the VM was started."},
    {.name = "stubdom_mem", .type = integer, .classes_r40 = class_qube, .classes_current = class_qube, .rule = Rule::at_least_one, .help = "Memory in MiB for the device model domain."},
    {.name = "stubdom_uuid", .type = text, .classes_current = class_qube, .from_current = From::live, .rule = Rule::read_only, .copied = false, .help = "Identifier of the device model domain."},
    {.name = "stubdom_xid", .type = integer, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::live, .from_current = From::live, .rule = Rule::read_only, .copied = false, .help = "Hypervisor id of the device model domain."},
    {.name = "template_for_dispvms", .type = boolean, .classes_r40 = class_app, .classes_current = class_app | class_standalone, .from_r40 = From::constant, .constant_r40 = "False", .from_current = From::constant, .constant_current = "False", .rule = Rule::template_for_dispvms, .help = "Allows disposables to be based on this VM."},
    {.name = "transport_rpc", .type = text, .classes_current = class_remote, .help = "Service the relay uses for transport."},
    {.name = "updateable", .type = boolean, .classes_r40 = class_qube, .classes_current = class_qube | class_admin, .from_r40 = From::computed, .from_current = From::computed, .rule = Rule::read_only, .copied = false, .help = "The VM can install its own updates."},
    {.name = "uuid", .type = text, .classes_r40 = class_qube, .classes_current = class_qube | class_remote, .rule = Rule::write_once, .copied = false, .help = "Identifier under which libvirt knows the VM."},
    {.name = "uuid", .type = text, .classes_r40 = class_admin, .classes_current = class_admin, .from_r40 = From::constant, .constant_r40 = "00000000-0000-0000-0000-000000000000", .from_current = From::constant, .constant_current = "00000000-0000-0000-0000-000000000000", .rule = Rule::read_only, .copied = false, .help = "Identifier of dom0."},
    {.name = "vcpus", .type = integer, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::constant, .constant_r40 = "2", .from_current = From::template_or, .constant_current = "2", .rule = Rule::at_least_one, .help = "Number of virtual CPUs."},
    {.name = "virt_mode", .type = text, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::constant, .constant_r40 = "hvm", .from_current = From::computed, .rule = Rule::virt_mode, .help = "Virtualisation mode: hvm, pv or pvh."},
    {.name = "visible_gateway", .type = text, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::computed, .from_current = From::computed, .rule = Rule::read_only, .copied = false, .help = "IPv4 gateway the VM sees."},
    {.name = "visible_gateway6", .type = text, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::computed, .from_current = From::computed, .rule = Rule::read_only, .copied = false, .help = "IPv6 gateway the VM sees."},
    {.name = "visible_ip", .type = text, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::computed, .from_current = From::computed, .rule = Rule::read_only, .copied = false, .help = "IPv4 address the VM sees."},
    {.name = "visible_ip6", .type = text, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::computed, .from_current = From::computed, .rule = Rule::read_only, .copied = false, .help = "IPv6 address the VM sees."},
    {.name = "visible_netmask", .type = text, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::computed, .from_current = From::computed, .rule = Rule::read_only, .copied = false, .help = "Netmask the VM sees."},
    {.name = "xid", .type = integer, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::live, .from_current = From::live, .rule = Rule::read_only, .copied = false, .help = "Current hypervisor id, -1 when not running."},
    {.name = "appvm_default_bootmode", .type = text, .classes_current = class_template, .from_current = From::computed, .rule = Rule::max_length_64k, .late_stage = true, .help = "Boot mode that AppVMs of this template use."},
    {.name = "audiovm", .type = qube, .classes_current = class_qube, .from_current = From::global, .constant_current = "default_audiovm", .rule = Rule::qube_or_none, .effect = Effects::audiovm, .none_allowed = true, .late_stage = true, .help = "VM that plays the sound of this VM."},
    {.name = "bootmode", .type = text, .classes_current = class_qube, .from_current = From::computed, .rule = Rule::max_length_64k, .late_stage = true, .help = "Name of the active boot mode."},
    {.name = "default_dispvm", .type = qube, .classes_r40 = class_qube, .classes_current = class_template | class_app | class_standalone, .from_r40 = From::global, .constant_r40 = "default_dispvm", .from_current = From::global, .constant_current = "default_dispvm", .rule = Rule::dispvm_template, .none_allowed = true, .late_stage = true, .help = "Disposable template used for service calls of this VM."},
    {.name = "default_dispvm", .type = qube, .classes_current = class_disp, .from_current = From::computed, .rule = Rule::dispvm_template, .none_allowed = true, .late_stage = true, .help = "Disposable template used for service calls of this VM."},
    {.name = "default_dispvm", .type = qube, .classes_r40 = class_admin, .classes_current = class_admin, .from_r40 = From::global, .constant_r40 = "default_dispvm", .from_current = From::global, .constant_current = "default_dispvm", .rule = Rule::dispvm_template, .none_allowed = true, .late_stage = true, .help = "Disposable template used for service calls of dom0."},
    {.name = "guivm", .type = qube, .classes_current = class_qube, .from_current = From::global, .constant_current = "default_guivm", .rule = Rule::qube_or_none, .effect = Effects::guivm, .none_allowed = true, .late_stage = true, .help = "VM that shows the windows of this VM."},
    {.name = "kernelopts", .type = text, .classes_r40 = class_qube, .classes_current = class_qube, .from_r40 = From::computed, .from_current = From::computed, .rule = Rule::kernel_options, .none_allowed = true, .late_stage = true, .help = "Extra kernel command line."},
    {.name = "management_dispvm", .type = qube, .classes_current = class_qube, .from_current = From::template_global, .constant_current = "management_dispvm", .rule = Rule::dispvm_template, .none_allowed = true, .late_stage = true, .help = "Disposable template used to manage this VM."},
    {.name = "netvm", .type = qube, .classes_r40 = class_app | class_standalone | class_disp, .classes_current = class_app | class_standalone | class_disp, .from_r40 = From::global, .constant_r40 = "default_netvm", .from_current = From::global, .constant_current = "default_netvm", .rule = Rule::netvm, .effect = Effects::netvm, .none_allowed = true, .late_stage = true, .help = "VM that gives this VM its network, empty for none."},
    {.name = "netvm", .type = qube, .classes_r40 = class_template, .classes_current = class_template, .from_r40 = From::constant, .from_current = From::constant, .rule = Rule::netvm, .effect = Effects::netvm, .none_allowed = true, .late_stage = true, .help = "VM that gives the template network, normally none."},
    {.name = "relayvm", .type = qube, .classes_current = class_remote, .rule = Rule::qube_or_none, .effect = Effects::relayvm, .none_allowed = true, .late_stage = true, .help = "Local VM that relays calls."},
    {.name = "template", .type = qube, .classes_r40 = class_app, .classes_current = class_app, .rule = Rule::template_qube, .effect = Effects::template_qube, .late_stage = true, .help = "Template that provides the root filesystem."},
    {.name = "template", .type = qube, .classes_r40 = class_disp, .classes_current = class_disp, .rule = Rule::template_qube, .effect = Effects::template_qube, .late_stage = true, .copied = false, .help = "Disposable template this VM is based on."},
};

} // namespace

std::span<const PropertyRow> qube_properties()
{
    return rows;
}

} // namespace qmgmt
