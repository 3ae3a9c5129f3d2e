// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/usb/table.hpp"

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "device/hex.hpp"
#include "device/usb/port.hpp"
#include "names/names.hpp"

#include <algorithm>
#include <array>

namespace qmgmt {
namespace {

using Table = std::map<std::string, std::string, std::less<>>;

constexpr std::size_t longest_text = 255;
constexpr std::size_t most_interfaces = 32; // as many as a device of today may have
constexpr std::string_view unknown_interface = "?******";

// Each byte but itself stands as \xHH in a description; what is no such thing is what it is.
std::string unescaped(std::string_view text)
{
    std::string plain;
    while (!text.empty()) {
        const auto high = text.starts_with("\\x") ? parse_hex(text.substr(2, 2), 2) : std::nullopt;
        plain += high ? static_cast<char>(*high) : text.front();
        text.remove_prefix(high ? 4 : 1);
    }
    return plain;
}

// Fit to be shown. A name has blanks where the description has `_`.
std::string shown(std::string_view text)
{
    std::string plain = printable(unescaped(text), longest_text);
    std::ranges::replace(plain, '_', ' ');
    const auto first = std::min(plain.find_first_not_of(' '), plain.size());
    const auto last = plain.find_last_not_of(' ');
    return last == std::string::npos ? std::string{} : plain.substr(first, last + 1 - first);
}

// As a part of an id: nothing that parts ids or their parts.
std::string id_part(const std::string& text)
{
    std::string part;
    for (const char c : text)
        part += (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        c == '-' || c == '.'
                    ? c
                    : '_';
    return part;
}

// "0951:1666"
std::optional<HardwareId> hardware_of(std::string_view text)
{
    if (text.size() != 9 || text[4] != ':')
        return std::nullopt;
    const auto vendor = parse_hex(text.substr(0, 4), 4);
    const auto product = parse_hex(text.substr(5), 4);
    if (!vendor || !product)
        return std::nullopt;
    return HardwareId{static_cast<std::uint16_t>(*vendor), static_cast<std::uint16_t>(*product)};
}

// "0951:1666 Kingston DataTraveler_3.0 1C6F65", else nothing but a name.
void describe(UsbDevice& device, std::string_view description)
{
    std::array<std::string_view, 4> words;
    std::size_t count = 0;
    for (std::string_view rest = description; count <= words.size();) {
        const auto end = std::min(rest.find(' '), rest.size());
        if (count < words.size())
            words[count] = rest.substr(0, end);
        ++count;
        if (end == rest.size())
            break;
        rest.remove_prefix(end + 1);
    }
    const auto hardware = count == words.size() ? hardware_of(words[0]) : std::nullopt;
    if (!hardware) {
        device.name = shown(description);
        return;
    }
    device.hardware = hardware;
    device.manufacturer = shown(words[1]);
    device.name = shown(words[2]);
    device.serial = shown(words[3]);
}

// "080650:030101". One that is none is unknown: a rule against it is to hold.
std::vector<std::string> interfaces_of(std::string_view text)
{
    std::vector<std::string> found;
    while (!text.empty() && found.size() < most_interfaces) {
        const auto end = std::min(text.find(':'), text.size());
        const auto number = parse_hex(text.substr(0, end), 6);
        found.push_back(number ? "u" + hex(*number, 6) : std::string{unknown_interface});
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (!text.empty())
        found.emplace_back(unknown_interface);
    return found;
}

std::string_view value_of(const Table& table, const std::string& key)
{
    const auto at = table.find(key);
    return at == table.end() ? std::string_view{} : std::string_view{at->second};
}

UsbDevice device_at(const Table& table, const std::string& key, std::string port)
{
    UsbDevice device{.port = std::move(port),
                     .manufacturer = {},
                     .name = {},
                     .serial = {},
                     .hardware = std::nullopt,
                     .interfaces = interfaces_of(value_of(table, key + "/interfaces")),
                     .connected_to = std::string{value_of(table, key + "/connected-to")}};
    describe(device, value_of(table, key + "/desc").substr(0, 4 * longest_text));
    if (!QubeName::fault(device.connected_to).empty())
        device.connected_to.clear();
    return device;
}

} // namespace

std::string UsbDevice::all_interfaces() const
{
    std::string all;
    for (const std::string& interface : interfaces)
        all += interface;
    return all.empty() ? std::string{unknown_interface} : all;
}

std::string UsbDevice::id() const
{
    const HardwareId numbers = hardware.value_or(HardwareId{});
    return hex(numbers.vendor, 4) + ":" + hex(numbers.product, 4) + ":" + id_part(serial) + ":" +
           all_interfaces();
}

std::vector<UsbDevice> usb_devices(const Table& untrusted_table, std::string_view qube)
{
    const std::string below = std::string{usb_devices_key} + "/";
    std::vector<UsbDevice> found;
    bool left_out = false;
    std::string last; // device, of which several keys tell
    for (auto at = untrusted_table.lower_bound(below);
         at != untrusted_table.end() && at->first.starts_with(below); ++at) {
        const std::string_view rest = std::string_view{at->first}.substr(below.size());
        const std::string name{rest.substr(0, rest.find('/'))};
        if (name == last)
            continue;
        last = name;
        auto port = usb_port_of_key(name);
        if (port && found.size() < most_usb_devices)
            found.push_back(device_at(untrusted_table, below + name, std::move(*port)));
        else
            left_out = true;
    }
    if (left_out)
        log_warning("some of what '" + std::string{qube} +
                    "' says of its USB devices is none, or too many, ignoring");
    std::ranges::sort(found, {}, &UsbDevice::port);
    const auto same = [](const UsbDevice& one, const UsbDevice& other) {
        return one.port == other.port;
    };
    found.erase(std::unique(found.begin(), found.end(), same), found.end());
    return found;
}

} // namespace qmgmt
