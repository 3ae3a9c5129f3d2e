// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/block_table.hpp"

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "device/block.hpp"
#include "names/number.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::size_t longest_name = 32;
constexpr std::size_t longest_description = 255;
constexpr std::size_t longest_parent = 64;
constexpr int deepest_parent = 4; // a table may say that two devices are parts of each other

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

// "2-1.4:1.0": port and interface of a USB device.
bool is_usb_interface(std::string_view text)
{
    const auto colon = text.find(':');
    if (colon == std::string_view::npos)
        return false;
    const std::string_view port = text.substr(0, colon);
    const std::string_view interface = text.substr(colon + 1);
    const auto numbers_and = [](std::string_view part, std::string_view marks) {
        return !part.empty() && is_digit(part.front()) && is_digit(part.back()) &&
               std::ranges::all_of(part, [&](char c) {
                   return is_digit(c) || marks.find(c) != std::string_view::npos;
               });
    };
    return numbers_and(port, "-.") && port.find('-') != std::string_view::npos &&
           numbers_and(interface, ".");
}

std::string cleaned(std::string_view untrusted_text, std::size_t limit)
{
    std::string text = printable(untrusted_text, limit);
    std::ranges::replace_if(
        text,
        [](char c) {
            const bool letter = is_lower(c) || (c >= 'A' && c <= 'Z');
            return !letter && !is_digit(c) &&
                   std::string_view{"()+,-.:=_/ "}.find(c) == std::string_view::npos;
        },
        '_');
    return text;
}

void set(BlockDevice& device, std::string_view key, const std::string& untrusted_value)
{
    if (key == "desc")
        device.description = cleaned(untrusted_value, longest_description);
    else if (key == "size")
        device.size = parse_decimal(untrusted_value).value_or(0);
    else if (key == "mode")
        device.read_only = untrusted_value == "r";
    else if (key == "parent" && untrusted_value.size() <= longest_parent &&
             (is_usb_interface(untrusted_value) || is_block_name(untrusted_value)))
        device.parent = untrusted_value;
}

// The first word is a serial number, what follows in parentheses a name.
void describe(const BlockDevice& device, ExposedDevice& row)
{
    const std::string& text = device.description;
    row.serial = text.substr(0, text.find(' '));
    std::ranges::replace(row.serial, '_', ' ');
    const auto open = text.find('(');
    if (open != std::string::npos && text.ends_with(')'))
        row.name = text.substr(open + 1, text.size() - open - 2);
    else if (row.serial.size() < text.size())
        row.name = text.substr(row.serial.size() + 1);
}

std::string identity(const BlockDevice& device, const std::vector<BlockDevice>& all,
                     const UsbIdentity& usb, int depth)
{
    std::string of_parent;
    std::string part = device.partition().value_or("None");
    if (const auto colon = device.parent.find(':'); colon != std::string::npos) {
        of_parent = usb(device.parent.substr(0, colon));
        part = device.parent.substr(colon + 1);
    } else if (!device.parent.empty() && depth > 0) {
        const auto parent = std::ranges::find(all, device.parent, &BlockDevice::name);
        of_parent = parent == all.end() ? std::string{unknown_device_id}
                                        : identity(*parent, all, usb, depth - 1);
    }
    return of_parent + ":" + part;
}

} // namespace

bool is_block_name(std::string_view untrusted_text)
{
    return !untrusted_text.empty() && untrusted_text.size() <= longest_name &&
           std::ranges::all_of(untrusted_text, [](char c) {
               return is_lower(c) || is_digit(c) || c == '_' || c == '-';
           });
}

std::optional<std::string> BlockDevice::partition() const
{
    if (parent.empty() || !name.starts_with(parent))
        return std::nullopt;
    std::string_view number = std::string_view{name}.substr(parent.size());
    if (number.starts_with('p'))
        number.remove_prefix(1);
    if (number.empty() || !std::ranges::all_of(number, is_digit))
        return std::nullopt;
    return std::string{number};
}

std::vector<BlockDevice>
parse_block_table(const std::map<std::string, std::string, std::less<>>& untrusted_table,
                  std::string_view backend)
{
    std::map<std::string, BlockDevice, std::less<>> devices;
    bool all = true;
    for (const auto& [path, value] : untrusted_table) {
        std::string_view rest = path;
        if (!rest.starts_with(block_table_part) || rest.size() <= block_table_part.size() ||
            rest[block_table_part.size()] != '/')
            continue;
        rest.remove_prefix(block_table_part.size() + 1);
        const std::string_view name = rest.substr(0, rest.find('/'));
        const bool known = devices.contains(name);
        if (!is_block_name(name) || !block_node(name) ||
            (!known && devices.size() >= most_block_devices)) {
            all = false;
            continue;
        }
        BlockDevice& device = devices[std::string{name}];
        device.name = name;
        if (rest.size() > name.size())
            set(device, rest.substr(name.size() + 1), value);
    }
    if (!all)
        log_warning("'" + printable(backend, 40) +
                    "' exposes block devices that have no usable name, or too many, ignoring");
    std::vector<BlockDevice> found;
    for (auto& [name, device] : devices)
        found.push_back(std::move(device));
    return found;
}

ExposedDevice exposed_block(const BlockDevice& device, const std::string& backend,
                            const std::vector<BlockDevice>& all, const UsbIdentity& usb)
{
    ExposedDevice row{.backend = backend,
                      .klass = "block",
                      .port = device.name,
                      .id = identity(device, all, usb, deepest_parent),
                      .manufacturer = "hosted by " + backend,
                      .interfaces = "b******",
                      .data = {{"device_node", block_node(device.name).value_or("")},
                               {"size", std::to_string(device.size)},
                               {"mode", device.read_only ? "r" : "w"}}};
    describe(device, row);
    if (!device.parent.empty()) {
        const bool of_usb = device.parent.find(':') != std::string::npos;
        row.parent = {.port = device.parent.substr(0, device.parent.find(':')),
                      .klass = of_usb ? "usb" : "block"};
        if (!of_usb)
            row.manufacturer = "sub-device of " + device.parent;
    }
    return row;
}

} // namespace qmgmt
