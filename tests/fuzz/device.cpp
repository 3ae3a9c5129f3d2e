// SPDX-License-Identifier: GPL-2.0-or-later
//
// What callers and qubes say of devices: names, options, tables of block devices, what is denied.
// What is believed is said again in a form that is understood the same, and a row of a listing
// cannot be made to say something else. The first byte picks what the rest is.

#include "base/error.hpp"
#include "device/block.hpp"
#include "device/block_table.hpp"
#include "device/denied_interfaces.hpp"
#include "device/device_argument.hpp"
#include "device/device_choice.hpp"
#include "device/device_options.hpp"
#include "fuzz/target.hpp"

#include <algorithm>
#include <map>
#include <string>

using namespace qmgmt;

namespace {

using Table = std::map<std::string, std::string, std::less<>>;

bool is_printable(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

template<typename Work>
void attempt(Work work)
{
    try {
        work();
    } catch (const Error& error) {
        fuzz::require(is_printable(error.text()));
        fuzz::require(error.type() == failure::protocol || error.type() == failure::bad_value);
    }
}

void plain_argument(std::string_view text)
{
    attempt([&] {
        const auto device = DeviceArgument::parse(text);
        fuzz::require(device.backend && device.port && !device.id);
        fuzz::require(device.backend->text() + "+" + device.port->text() == text);
        const auto choice = DeviceChoice::parse(text);
        fuzz::require(choice && choice->backend == device.backend && choice->port == *device.port);
        if (const auto node = block_node(device.port->text()))
            fuzz::require(node->starts_with("/dev/") && node->find("..") == std::string::npos);
    });
}

void admin_argument(std::string_view text)
{
    attempt([&] {
        const auto device = DeviceArgument::parse_admin(text);
        std::string again = (device.backend ? device.backend->text() : "_") + "+" +
                            (device.port ? device.port->text() : "_");
        if (device.id) {
            fuzz::require(!device.id->empty() && device.id->find('+') == std::string::npos);
            again += "+" + *device.id;
        }
        const auto same = DeviceArgument::parse_admin(again);
        fuzz::require(same.backend == device.backend && same.port == device.port &&
                      same.id == device.id);
    });
}

std::string serialised(const DeviceOptions& options)
{
    std::string text;
    for (const auto& [key, value] : options) {
        text += text.empty() ? "" : " ";
        text += key + "='";
        for (const char c : value)
            text += c == '\'' ? std::string{"\\'"} : std::string{c};
        text += "'";
    }
    return text;
}

void words(std::string_view text)
{
    attempt([&] {
        std::string again;
        const DeviceOptions options = parse_option_words(text);
        for (const auto& [key, value] : options)
            again += key + "=" + value + " ";
        fuzz::require(parse_option_words(again) == options);
        fuzz::require(parse_serialised(serialised(options)) == options);
    });
}

void quoted(std::string_view text)
{
    attempt([&] {
        const DeviceOptions options = parse_serialised(text);
        fuzz::require(parse_serialised(serialised(options)) == options);
    });
}

// A row of today's clients: its first word, and what they would read of the rest.
DeviceOptions read_row(const std::string& row)
{
    fuzz::require(is_printable(row));
    return parse_serialised(std::string_view{row}.substr(row.find(' ') + 1));
}

void block_table(std::string_view text)
{
    Table table;
    while (!text.empty()) { // key and value, each up to a byte 1
        const auto next = [&text] {
            const std::string_view piece = text.substr(0, text.find('\1'));
            text.remove_prefix(std::min(text.size(), piece.size() + 1));
            return std::string{piece};
        };
        std::string key = std::string{block_table_part} + "/" + next();
        table.insert_or_assign(std::move(key), next());
    }
    const auto devices = parse_block_table(table, "sys-usb");
    fuzz::require(devices.size() <= most_block_devices);
    for (const BlockDevice& device : devices) {
        fuzz::require(is_block_name(device.name) && block_node(device.name));
        const ExposedDevice exposed = exposed_block(
            device, "sys-usb", devices, [](const std::string& port) { return "of:" + port; });
        const std::string row = framed_row(exposed);
        const DeviceOptions read = read_row(row);
        fuzz::require(row.starts_with(device.name + ":" + exposed.id + " "));
        fuzz::require(option_of(read, "port_id") == device.name);
        fuzz::require(option_of(read, "device_id") == exposed.id);
        fuzz::require(option_of(read, "backend_domain") == "sys-usb");
        fuzz::require(option_of(read, "interfaces") == "b******");
        fuzz::require(option_of(read, "_size") == std::to_string(device.size));
        fuzz::require(DeviceArgument::parse(device_token(exposed)).port->text() == device.name);
    }
}

// Whatever a store has as the options of a device.
void given_row(std::string_view text)
{
    const auto half = text.size() / 2;
    const GivenDevice device{.backend = "sys-usb",
                             .klass = "block",
                             .port = "sda",
                             .id = std::string{text.substr(0, half)},
                             .mode = "required",
                             .frontend = "work",
                             .options = {{std::string{text.substr(half).substr(0, 40)},
                                          std::string{text.substr(0, half)}}}};
    const std::string row = framed_row(device);
    fuzz::require(is_printable(row));
    const std::size_t word = std::string_view{"sys-usb+sda:"}.size() + device.id.size();
    const DeviceOptions read = parse_serialised(std::string_view{row}.substr(word));
    fuzz::require(option_of(read, "mode") == "required");
    fuzz::require(option_of(read, "frontend_domain") == "work");
    fuzz::require(read.size() == 7);
}

void denied(std::string_view text)
{
    const std::string_view patterns = text.substr(0, text.size() / 2);
    const std::string_view interfaces = text.substr(text.size() / 2);
    fuzz::require(!is_denied("", interfaces));
    const bool is = is_denied(patterns, interfaces);
    // More patterns never allow more.
    const std::string more = std::string{patterns.substr(0, patterns.size() / 7 * 7)} + "u03****";
    fuzz::require(!is || is_denied(more, interfaces));
    fuzz::require(is_denied("*******", interfaces));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    switch (data[0]) {
    case 'p': plain_argument(text); break;
    case 'a': admin_argument(text); break;
    case 'w': words(text); break;
    case 'q': quoted(text); break;
    case 'b': block_table(text); break;
    case 'g': given_row(text); break;
    case 'd': denied(text); break;
    default: break;
    }
    return 0;
}
