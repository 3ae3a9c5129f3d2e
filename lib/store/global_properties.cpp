// SPDX-License-Identifier: GPL-2.0-or-later
//
// The properties of the system (store.md 3.8), by name.

#include "store/property_table.hpp"

namespace qmgmt {
namespace {

using enum PropertyType;
using From = DefaultFrom;
using Rule = PropertyRule;
using Effects = PropertyEffect;

constexpr PropertyRow rows[] = {
    {.name = "check_updates_vm", .type = boolean, .classes_r40 = class_any, .classes_current = class_any, .from_r40 = From::constant, .constant_r40 = "True", .from_current = From::constant, .constant_current = "True", .help = "Look for updates inside VMs."},
    {.name = "clockvm", .type = qube, .classes_r40 = class_any, .classes_current = class_any, .rule = Rule::qube_or_none, .effect = Effects::clockvm, .none_allowed = true, .help = "VM that keeps the time."},
    {.name = "default_audiovm", .type = qube, .classes_current = class_any, .from_current = From::constant, .constant_current = "dom0", .rule = Rule::qube_or_none, .none_allowed = true, .help = "VM for sound by default."},
    {.name = "default_dispvm", .type = qube, .classes_r40 = class_any, .classes_current = class_any, .rule = Rule::dispvm_template, .none_allowed = true, .help = "System-wide disposable template."},
    {.name = "default_guivm", .type = qube, .classes_current = class_any, .from_current = From::constant, .constant_current = "dom0", .rule = Rule::qube_or_none, .none_allowed = true, .help = "VM for windows by default."},
    {.name = "default_kernel", .type = text, .classes_r40 = class_any, .classes_current = class_any, .rule = Rule::kernel, .none_allowed = true, .help = "Kernel for VMs that do not choose one."},
    {.name = "default_netvm", .type = qube, .classes_r40 = class_any, .classes_current = class_any, .rule = Rule::netvm, .effect = Effects::default_netvm, .none_allowed = true, .help = "Network VM for VMs that do not choose one."},
    {.name = "default_pool", .type = text, .classes_r40 = class_any, .classes_current = class_any, .from_r40 = From::computed, .from_current = From::computed, .rule = Rule::pool, .help = "Pool for new volumes."},
    {.name = "default_pool_kernel", .type = text, .classes_r40 = class_any, .classes_current = class_any, .from_r40 = From::global, .constant_r40 = "default_pool", .from_current = From::global, .constant_current = "default_pool", .rule = Rule::pool, .help = "Pool for new kernel volumes."},
    {.name = "default_pool_private", .type = text, .classes_r40 = class_any, .classes_current = class_any, .from_r40 = From::global, .constant_r40 = "default_pool", .from_current = From::global, .constant_current = "default_pool", .rule = Rule::pool, .help = "Pool for new private volumes."},
    {.name = "default_pool_root", .type = text, .classes_r40 = class_any, .classes_current = class_any, .from_r40 = From::global, .constant_r40 = "default_pool", .from_current = From::global, .constant_current = "default_pool", .rule = Rule::pool, .help = "Pool for new root volumes."},
    {.name = "default_pool_volatile", .type = text, .classes_r40 = class_any, .classes_current = class_any, .from_r40 = From::global, .constant_r40 = "default_pool", .from_current = From::global, .constant_current = "default_pool", .rule = Rule::pool, .help = "Pool for new volatile volumes."},
    {.name = "default_qrexec_timeout", .type = integer, .classes_current = class_any, .from_current = From::constant, .constant_current = "60", .rule = Rule::at_least_one, .help = "Default timeout in seconds."},
    {.name = "default_shutdown_timeout", .type = integer, .classes_current = class_any, .from_current = From::constant, .constant_current = "60", .rule = Rule::at_least_one, .help = "Default timeout in seconds."},
    {.name = "default_template", .type = qube, .classes_r40 = class_any, .classes_current = class_any, .rule = Rule::template_qube, .none_allowed = true, .help = "Template for new AppVMs."},
    {.name = "management_dispvm", .type = qube, .classes_current = class_any, .rule = Rule::dispvm_template, .none_allowed = true, .help = "Disposable template for managing VMs."},
    {.name = "maxmem", .type = integer, .classes_current = class_any, .from_current = From::live, .rule = Rule::read_only, .help = "Memory of the machine in MiB."},
    {.name = "no_cpus", .type = integer, .classes_current = class_any, .from_current = From::live, .rule = Rule::read_only, .help = "CPUs of the machine."},
    {.name = "stats_interval", .type = integer, .classes_r40 = class_any, .classes_current = class_any, .from_r40 = From::constant, .constant_r40 = "3", .from_current = From::constant, .constant_current = "3", .rule = Rule::at_least_one, .help = "Seconds between statistics."},
    {.name = "updatevm", .type = qube, .classes_r40 = class_any, .classes_current = class_any, .rule = Rule::qube_or_none, .none_allowed = true, .help = "VM through which dom0 downloads updates."},
};

} // namespace

std::span<const PropertyRow> global_properties()
{
    return rows;
}

} // namespace qmgmt
