// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/xen/command_line.hpp"

#include "base/error.hpp"

#include <algorithm>

namespace qmgmt::xen {
namespace {

constexpr std::size_t longest = 1023; // and a zero: what Xen hands to a guest

// For kernels that bring no file of their own.
constexpr std::string_view usual_options =
    "root=/dev/mapper/dmroot ro nomodeset console=hvc0 rd_NO_PLYMOUTH rd.plymouth.enable=0 "
    "plymouth.enable=0 xen_privcmd.unrestricted";

void add(std::string& line, std::string_view words)
{
    const auto first = words.find_first_not_of(' ');
    if (first == std::string_view::npos)
        return;
    words = words.substr(first, words.find_last_not_of(' ') - first + 1);
    line += (line.empty() ? "" : " ") + std::string{words};
}

std::string without(std::string_view words, std::string_view unwanted)
{
    std::string rest;
    for (std::size_t at = 0; at < words.size();) {
        const auto end = std::min(words.find(' ', at), words.size());
        if (words.substr(at, end - at) != unwanted)
            add(rest, words.substr(at, end - at));
        at = end + 1;
    }
    return rest;
}

std::string machine_id(const Uuid& uuid)
{
    std::string text = uuid.text();
    std::erase(text, '-');
    return "systemd.machine_id=" + text;
}

void add_common(std::string& line, const DomainPlan& plan)
{
    if (plan.xen.linux_guest)
        add(line, machine_id(plan.uuid));
    const std::string_view common =
        plan.kernel->common ? std::string_view{*plan.kernel->common} : usual_options;
    add(line, plan.xen.nomodeset ? std::string{common} : without(common, "nomodeset"));
}

} // namespace

std::string command_line(const DomainPlan& plan)
{
    std::string line;
    if (plan.xen.common_options)
        add_common(line, plan);
    add(line, plan.kernel->options);
    if (!plan.xen.security.empty())
        add(line, plan.xen.security + "=1 security=" + plan.xen.security);
    add(line, plan.xen.boot_mode);
    if (line.size() > longest)
        throw Error{failure::vm_failed,
                    "cannot start '" + plan.name + "': the options for its kernel are too long"};
    return line;
}

} // namespace qmgmt::xen
