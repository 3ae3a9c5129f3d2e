// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/block/connection.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/wait.hpp"
#include "device/disk_name.hpp"
#include "life/power_state.hpp"
#include "names/number.hpp"

namespace qmgmt {
namespace {

constexpr std::chrono::seconds patience{10};
constexpr std::chrono::milliseconds poll{100};

// Of Xen's drivers, as xenstore has it.
enum : std::uint64_t { connected = 4, closing = 5, closed = 6 };

} // namespace

std::optional<std::uint32_t> disk_number(std::string_view name)
{
    if (!is_disk_name(name))
        return std::nullopt;
    const bool xvd = name.starts_with("xvd");
    name.remove_prefix(xvd ? 3 : 2);
    std::uint32_t disk = 0;
    for (; !name.empty() && name.front() >= 'a'; name.remove_prefix(1))
        disk = disk * 26 + static_cast<std::uint32_t>(name.front() - 'a') + 1;
    --disk;
    const auto partition =
        static_cast<std::uint32_t>(name.empty() ? 0 : parse_integer(name).value_or(0));
    constexpr std::uint32_t xvd_major = 202;
    constexpr std::uint32_t sd_major = 8;
    constexpr std::uint32_t extended = std::uint32_t{1} << 28;
    if (disk < 16 && partition < 16)
        return ((xvd ? xvd_major : sd_major) << 8) | (disk << 4) | partition;
    return xvd ? std::optional{extended | (disk << 8) | partition} : std::nullopt;
}

void await_connection(Xenstore& xenstore, int domain, const BlockPlan& plan, Deadline deadline)
{
    const auto number = disk_number(plan.target);
    if (!number)
        return;
    const std::string path = "/local/domain/" + std::to_string(domain) + "/device/vbd/" +
                             std::to_string(*number) + "/state";
    for (;;) {
        const auto text = xenstore.read(path);
        const std::uint64_t state = text ? parse_decimal(*text).value_or(0) : 0;
        if (state == connected)
            return;
        const bool over = deadline.passed();
        if (state == closing || state == closed || (!text && over))
            throw Error{failure::vm_failed, "the guest could not connect to the disk",
                        path + " is " + text.value_or("not there")};
        if (over) {
            log_warning("a guest has not taken its new disk in ten seconds, ignoring");
            return;
        }
        wait(poll);
    }
}

void await_connection(Call& call, const Qube& frontend, const BlockPlan& plan)
{
    if (call.hypervisor().kind() != Hypervisor::Kind::xen)
        return;
    std::unique_ptr<Xenstore> xenstore;
    try {
        xenstore = open_xenstore();
    } catch (const Error& error) {
        log_warning("cannot see whether a guest takes its new disk: " + error.text() + " (" +
                    error.detail() + "), ignoring");
        return;
    }
    await_connection(*xenstore, domain_status(call, frontend).id, plan, call.deadline(patience));
}

} // namespace qmgmt
