// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/property/rule.hpp"

#include "base/error.hpp"
#include "life/network/clients.hpp"
#include "life/property/live.hpp"
#include "life/refusal.hpp"

#include <algorithm>
#include <set>
#include <unistd.h>

namespace qmgmt {
namespace {

std::string quoted(std::string_view text)
{
    return "'" + std::string{text} + "'";
}

[[noreturn]] void refuse(const PropertyRow& row, std::string_view reason)
{
    throw Error{failure::bad_property_value, "the value is not valid for property " +
                                                 quoted(row.name) + ": " + std::string{reason}};
}

} // namespace

bool Running::active(const Qube& qube) const
{
    return states && states->of(qube) != PowerState::halted;
}

bool asks_who_runs(const PropertyRow& row)
{
    return row.rule == PropertyRule::netvm || row.rule == PropertyRule::template_qube ||
           row.rule == PropertyRule::maxmem || row.effect == PropertyEffect::default_netvm;
}

const Qube* PropertyRules::named(const PropertyRow& row, const std::string& value) const
{
    if (value.empty())
        return nullptr;
    const Qube* found = store_.find_any(value);
    if (found == nullptr)
        refuse(row, "there is no such qube");
    return found;
}

bool PropertyRules::is_default_dispvm(const Qube& candidate, const PropertyRow&)
{
    return effective_.text(candidate, "template_for_dispvms") == "True";
}

void PropertyRules::check_set(const Qube& qube, const PropertyRow& row, const std::string& value)
{
    switch (row.rule) {
    case PropertyRule::none:
    case PropertyRule::at_least_zero:
    case PropertyRule::at_least_one:
    case PropertyRule::kernel_options:
    case PropertyRule::mac:
    case PropertyRule::ipv4:
    case PropertyRule::ipv6:
    case PropertyRule::user_name:
    case PropertyRule::keyboard_layout:
    case PropertyRule::devices_denied:
    case PropertyRule::max_length_64k: return;
    case PropertyRule::read_only: refuse(row, "it is computed");
    case PropertyRule::write_once: refuse(row, "it is given when the qube is made");
    case PropertyRule::kernel: return check_kernel(row, value);
    case PropertyRule::virt_mode:
        if (value == "pvh" && qube.has_pci_devices())
            refuse(row, "pvh cannot have PCI devices");
        return;
    case PropertyRule::label:
        if (store_.label_named(value) == nullptr)
            throw Error{failure::label_not_found, "no such label"};
        return;
    case PropertyRule::qube_or_none: static_cast<void>(named(row, value)); return;
    case PropertyRule::netvm: return check_netvm(qube, row, value);
    case PropertyRule::template_qube: return check_template(qube, row, value);
    case PropertyRule::dispvm_template: {
        const Qube* base = named(row, value);
        if (base != nullptr && (base->name() == "dom0" || !is_default_dispvm(*base, row)))
            refuse(row, "that qube is no disposable template");
        return;
    }
    case PropertyRule::pool:
        if (store_.pool(value) == nullptr)
            refuse(row, "there is no such pool");
        return;
    case PropertyRule::maxmem: return check_memory_limit(qube, value);
    case PropertyRule::provides_network:
        if (value == "False")
            check_not_needed_as_netvm(qube);
        return;
    case PropertyRule::template_for_dispvms:
        if (value == "False")
            check_not_needed_for_dispvms(qube);
        return;
    }
}

void PropertyRules::check_reset(const Qube& qube, const PropertyRow& row)
{
    switch (row.rule) {
    case PropertyRule::write_once: refuse(row, "it is given when the qube is made");
    case PropertyRule::label: refuse(row, "a qube needs a label");
    case PropertyRule::template_qube:
        throw Error{failure::bad_value, "the template cannot be reset: it has no default"};
    case PropertyRule::netvm: {
        const PropertyValue value = effective_.default_value(qube, row);
        return check_netvm(qube, row, value.text);
    }
    case PropertyRule::maxmem:
        return check_memory_limit(qube, effective_.default_value(qube, row).text);
    case PropertyRule::provides_network: return check_not_needed_as_netvm(qube);
    case PropertyRule::template_for_dispvms: return check_not_needed_for_dispvms(qube);
    default: return;
    }
}

void PropertyRules::check_netvm(const Qube& qube, const PropertyRow& row, const std::string& value)
{
    const Qube* netvm = named(row, value);
    if (netvm == nullptr)
        return;
    if (netvm->name() == "dom0")
        refuse(row, "dom0 cannot be a netvm");
    if (effective_.text(*netvm, "provides_network") != "True")
        throw Error{failure::bad_value,
                    "the netvm is not acceptable: " + quoted(value) + " does not provide network"};
    std::set<std::string> seen;
    for (const Qube* at = netvm; at != nullptr && seen.insert(at->name()).second;
         at = effective_.netvm(*at)) {
        if (at->name() == qube.name())
            throw Error{failure::bad_value, "the netvm is not acceptable: it would make a loop"};
    }
    if (running_.active(qube) && !running_.active(*netvm))
        throw not_started(value);
}

void PropertyRules::check_template(const Qube& qube, const PropertyRow& row,
                                   const std::string& value)
{
    if (qube.class_bit() == class_disp && store_.dialect() == Dialect::r40)
        throw Error{failure::bad_value, "the template of a disposable cannot be changed"};
    const Qube* base = named(row, value);
    if (base == nullptr)
        refuse(row, "a template is needed");
    const bool fits = qube.class_bit() == class_disp ? is_default_dispvm(*base, row)
                                                     : base->class_bit() == class_template;
    if (!fits)
        refuse(row, "that qube is no template for it");
    if (running_.active(qube))
        throw not_halted(qube.name());
    for (const std::string& name : store_.names()) {
        const Qube* user = store_.find_any(name);
        if (user->class_bit() == class_disp && running_.active(*user) &&
            effective_.template_of(*user) == &qube)
            throw Error{failure::vm_in_use, "qube " + quoted(qube.name()) +
                                                " is in use: a disposable made from it runs"};
    }
}

void PropertyRules::check_kernel(const PropertyRow& row, const std::string& value) const
{
    if (value.empty())
        return;
    if (value.find('/') != std::string::npos || value.starts_with('.'))
        refuse(row, "that is not the name of a kernel");
    const std::string directory = kernel_directory(store_) + "/" + value;
    if (::access((directory + "/vmlinuz").c_str(), F_OK) != 0)
        refuse(row, "that kernel is not installed");
    if (store_.dialect() == Dialect::r40 && ::access((directory + "/initramfs").c_str(), F_OK) != 0)
        refuse(row, "that kernel has no initramfs");
}

void PropertyRules::check_not_needed_as_netvm(const Qube& qube)
{
    const auto clients = clients_of(store_, effective_, qube.name());
    if (!clients.empty())
        throw Error{failure::bad_value, "the value is not acceptable: the qube is the netvm of " +
                                            quoted(clients.front())};
}

void PropertyRules::check_not_needed_for_dispvms(const Qube& qube)
{
    const auto in_use = [&](std::string_view by) {
        throw Error{failure::vm_in_use, "qube " + quoted(qube.name()) +
                                            " is in use: it is the disposable template of " +
                                            std::string{by}};
    };
    if (effective_.global_text("default_dispvm") == qube.name() ||
        effective_.global_text("management_dispvm") == qube.name())
        in_use("the system");
    for (const std::string& name : store_.names()) {
        const Qube* user = store_.find_any(name);
        if (user == nullptr || name == qube.name())
            continue;
        for (const std::string_view property :
             {"default_dispvm", "management_dispvm", "template"}) {
            const auto stored = user->property(property);
            if (stored && store_.resolve_reference(*stored) == qube.name())
                in_use(quoted(name));
        }
    }
}

void PropertyRules::check_memory_limit(const Qube& qube, const std::string& value)
{
    if (store_.dialect() != Dialect::current || !running_.active(qube))
        return;
    // A limit can move; that there is none, the balancer learns only of a domain that starts.
    if (!running_.plugged_domain || value == "0")
        throw not_halted(qube.name());
}

void PropertyRules::check_global(const PropertyRow& row, const std::string& value)
{
    const Qube* qube = row.type == PropertyType::qube ? named(row, value) : nullptr;
    switch (row.rule) {
    case PropertyRule::read_only: refuse(row, "it is computed");
    case PropertyRule::kernel: return check_kernel(row, value);
    case PropertyRule::pool:
        if (store_.pool(value) == nullptr)
            refuse(row, "there is no such pool");
        return;
    case PropertyRule::template_qube:
        if (qube != nullptr && qube->class_bit() != class_template)
            refuse(row, "that qube is no template");
        return;
    case PropertyRule::dispvm_template:
        if (qube != nullptr && (qube->name() == "dom0" || !is_default_dispvm(*qube, row)))
            refuse(row, "that qube is no disposable template");
        return;
    case PropertyRule::netvm: break;
    default: return;
    }
    if (qube == nullptr)
        return;
    if (qube->name() == "dom0" || effective_.text(*qube, "provides_network") != "True")
        refuse(row, "that qube does not provide network");
    // Everybody without a netvm of its own is about to get this one.
    for (const Qube* at = qube; at != nullptr;) {
        const auto stored = at->property("netvm");
        const PropertyRow* netvm = find_property("netvm", at->class_bit(), store_.dialect());
        if (!stored && netvm != nullptr && netvm->from(store_.dialect()) == DefaultFrom::global)
            refuse(row, "it would make a loop");
        at = stored && !stored->empty() ? store_.find_any(store_.resolve_reference(*stored))
                                        : nullptr;
        if (at == qube)
            refuse(row, "it would make a loop");
    }
    if (!running_.states)
        return;
    if (running_.active(*qube))
        return;
    for (const std::string& name : netvm_by_default()) {
        if (running_.active(store_.qube(name)))
            throw not_started(value);
    }
}

std::vector<std::string> PropertyRules::netvm_by_default() const
{
    std::vector<std::string> found;
    for (std::size_t i = 0; i < store_.index().size(); ++i) {
        const IndexEntry entry = store_.index().entry(i);
        const Qube* qube =
            entry.netvm_choice == NetvmChoice::by_default ? store_.find_any(entry.name) : nullptr;
        if (qube == nullptr || qube->class_bit() == class_admin)
            continue;
        const PropertyRow* netvm = find_property("netvm", qube->class_bit(), store_.dialect());
        if (netvm != nullptr && netvm->from(store_.dialect()) == DefaultFrom::global)
            found.push_back(qube->name());
    }
    std::ranges::sort(found);
    return found;
}

} // namespace qmgmt
