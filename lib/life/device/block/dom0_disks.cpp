// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/block/dom0_disks.hpp"

#include "base/ascii.hpp"
#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "device/block.hpp"
#include "device/host_disk.hpp"
#include "life/device/block/pool_paths.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// The name of a node, which must lead back to it: a `_` of the node itself would not.
std::string name_of(std::string_view node)
{
    constexpr std::string_view nodes = "/dev/";
    if (node.starts_with(nodes))
        node.remove_prefix(nodes.size());
    std::string name{node};
    std::ranges::replace(name, '/', '_');
    return block_node(name) == std::string{nodes} + std::string{node} && is_block_name(name)
               ? name
               : std::string{};
}

void add_from_list(std::vector<BlockDevice>& devices)
{
    const std::string text = read_small_file(paths::below_root(dom0_block_list));
    for (std::string_view rest = text; !rest.empty();) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        line = line.substr(0, line.find_first_of("# \t\r"));
        if (line.empty())
            continue;
        const std::string name = name_of(line);
        if (name.empty())
            log_warning("'" + printable(line, 64) +
                        "' of the list of dom0's disks is no node that can be named, ignoring");
        else if (std::ranges::find(devices, name, &BlockDevice::name) == devices.end() &&
                 devices.size() < most_block_devices)
            devices.push_back({.name = name});
    }
}

std::string why_not(const HostDisks& host, const PoolPaths& pools, const HostDisk& disk)
{
    return pools.own(disk) ? "it is a volume of a pool" : host.why_kept(disk);
}

} // namespace

std::vector<BlockDevice> offered_disks(const Store& store, std::vector<BlockDevice> listed)
{
    add_from_list(listed);
    if (listed.empty())
        return listed;
    const HostDisks host{paths::root()};
    const PoolPaths pools{store};
    std::vector<BlockDevice> offered;
    for (BlockDevice& device : listed) {
        const auto disk = host.disk(block_node(device.name).value_or(""));
        if (!disk || !why_not(host, pools, *disk).empty())
            continue;
        device.size = disk->size;
        device.read_only = device.read_only || disk->read_only;
        offered.push_back(std::move(device));
    }
    return offered;
}

std::string why_not_offered(const Store& store, const std::string& node)
{
    const HostDisks host{paths::root()};
    const auto disk = host.disk(node);
    return disk ? why_not(host, PoolPaths{store}, *disk) : "it is not there";
}

} // namespace qmgmt
