// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/zfs/container.hpp"

#include "base/error.hpp"
#include "names/number.hpp"
#include "storage/zfs/program.hpp"

#include <sstream>

namespace qmgmt {

namespace {

// So that udev on the host leaves the devices alone: what is in them is the qubes'.
constexpr const char* ours = "org.qubes-os:part-of-qvm-pool=true";

// The first line, which has `count` words between tabs.
std::vector<std::string> row(const std::string& output, std::size_t count,
                             const std::string& purpose)
{
    std::vector<std::string> words;
    std::istringstream line{output.substr(0, output.find('\n'))};
    for (std::string word; std::getline(line, word, '\t');)
        words.push_back(std::move(word));
    if (words.size() != count)
        throw Error{failure::storage, purpose + ": the answer of ZFS is not understood"};
    return words;
}

} // namespace

std::optional<PoolUsage> container_usage(const std::string& container, const std::string& purpose)
{
    const auto output =
        zfs::run_if_there({"list", "-Hp", "-o", "used,available", container}, purpose);
    if (!output)
        return std::nullopt;
    const auto words = row(*output, 2, purpose);
    const auto used = parse_decimal(words[0]);
    const auto available = parse_decimal(words[1]);
    if (!used || !available)
        throw Error{failure::storage, purpose + ": the answer of ZFS is not understood"};
    return PoolUsage{.size = *used + *available, .usage = *used};
}

std::vector<std::string> volumes_in(const std::string& container, const std::string& purpose)
{
    const auto output = zfs::run_if_there(
        {"list", "-Hp", "-r", "-d", "2", "-t", "volume", "-o", "name", container}, purpose);
    std::vector<std::string> volumes;
    std::istringstream lines{output.value_or("")};
    for (std::string line; std::getline(lines, line);)
        volumes.push_back(std::move(line));
    return volumes;
}

std::vector<std::string> set_up_container(const std::string& container, const std::string& purpose)
{
    const auto pool = container.substr(0, container.find('/'));
    const auto health = zfs::pool_health(pool, purpose);
    if (!health)
        throw Error{failure::storage, purpose + ": there is no ZFS pool '" + pool + "'"};
    if (*health != "ONLINE" && *health != "DEGRADED")
        throw Error{failure::storage, purpose + ": the ZFS pool '" + pool + "' cannot be used",
                    "health " + *health};
    const auto found = zfs::run_if_there({"list", "-Hp", "-o", "type", container}, purpose);
    if (!found) {
        zfs::run(
            {"create", "-p", "-o", "mountpoint=none", "-o", "volmode=dev", "-o", ours, container},
            purpose);
        return {container};
    }
    if (row(*found, 1, purpose).front() != "filesystem")
        throw Error{failure::storage, purpose + ": its container is a volume"};
    zfs::run({"set", "volmode=dev", ours, container}, purpose);
    return {};
}

} // namespace qmgmt
