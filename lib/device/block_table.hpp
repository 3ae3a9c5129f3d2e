// SPDX-License-Identifier: GPL-2.0-or-later
//
// The block devices that a qube says it exposes: what its agent wrote in its table, which is not to
// be trusted (firewall-devices.md 2.8, protocol.md 6.3).
#pragma once

#include "device/exposed_device.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

inline constexpr std::string_view block_table_part = "/qubes-block-devices";
inline constexpr std::size_t most_block_devices = 256;

struct BlockDevice {
    std::string name;        // [a-z0-9_-], 1 to 32: the node below /dev, `_` for `/`
    std::string description; // "Acme_Key (stick)"
    std::uint64_t size = 0;  // bytes; 0: not known
    bool read_only = false;
    std::string parent; // "2-1.4:1.0" of USB, "sda" of a disk; empty: none

    // "sda1" of "sda" is 1, as "nvme0n1p2" of "nvme0n1" is 2; nothing for what has no such parent.
    [[nodiscard]] std::optional<std::string> partition() const;
};

// What a table holds below block_table_part, sorted by name; what has no acceptable name is left
// out, and so is what is too much: one line in the log says that there was such.
[[nodiscard]] std::vector<BlockDevice>
parse_block_table(const std::map<std::string, std::string, std::less<>>& untrusted_table,
                  std::string_view backend);

// What the USB device at a port says it is; asked only for sticks and the like.
using UsbIdentity = std::function<std::string(const std::string& port)>;

// One of them as listings show it; `all` of the same qube say what it is a part of.
[[nodiscard]] ExposedDevice exposed_block(const BlockDevice& device, const std::string& backend,
                                          const std::vector<BlockDevice>& all,
                                          const UsbIdentity& usb);

// Whether a port names a block device that a qube may expose.
[[nodiscard]] bool is_block_name(std::string_view untrusted_text);

} // namespace qmgmt
