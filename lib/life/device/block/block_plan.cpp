// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/block/block_plan.hpp"

#include "base/error.hpp"
#include "base/paths.hpp"
#include "device/block.hpp"
#include "device/port_name.hpp"
#include "life/property/live.hpp"
#include "names/number.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// "4.2" and what came after it.
bool knows_script(Call& call, const Qube& backend)
{
    SystemValues live{call};
    const std::string version = Effective{call.store(), live}
                                    .feature_with_template(backend, "qubes-agent-version")
                                    .value_or("");
    const auto dot = version.find('.');
    if (dot == std::string::npos)
        return false;
    const auto major = parse_decimal(std::string_view{version}.substr(0, dot));
    const auto minor = parse_decimal(std::string_view{version}.substr(dot + 1));
    return major && minor && (*major > 4 || (*major == 4 && *minor >= 2));
}

} // namespace

BlockPlan block_plan(Call& call, const std::string& backend, const std::string& port)
{
    const auto node = block_node(port);
    if (!node)
        throw Error{failure::device_not_found, "there is no such block device"};
    const Qube* qube = call.store().find_any(backend);
    if (qube != nullptr && qube->class_bit() == class_admin)
        return {.path = paths::below_root(*node)};
    return {
        .path = *node, .backend = backend, .script = qube != nullptr && knows_script(call, *qube)};
}

std::optional<std::string> port_of(const AttachedDisk& disk)
{
    std::string_view path = disk.source;
    if (const std::string& root = paths::root(); disk.backend.empty() && path.starts_with(root))
        path.remove_prefix(root.size());
    constexpr std::string_view nodes = "/dev/";
    if (!path.starts_with(nodes))
        return std::nullopt;
    std::string port{path.substr(nodes.size())};
    std::ranges::replace(port, '/', '_');
    return PortName::fits(port) ? std::optional{std::move(port)} : std::nullopt;
}

} // namespace qmgmt
