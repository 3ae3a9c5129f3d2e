// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/metadata/archived_qube.hpp"
#include "backup/restore/metadata/metadata_outline.hpp"
#include "device/port_name.hpp"
#include "names/names.hpp"
#include "names/number.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::size_t most_devices = 1024;

bool is_class_of_devices(std::string_view text)
{
    return !text.empty() && text.size() <= 32 &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") ==
               std::string_view::npos;
}

std::string attribute(const Element& element, std::string_view name, std::string_view otherwise)
{
    const std::string* value = element.attribute(name);
    return value == nullptr || value->empty() ? std::string{otherwise} : *value;
}

// An assignment as it stands; nothing when one of its words could not be said by a caller.
std::optional<splice::DeviceEntry> device_entry(const Element& device, const std::string& klass,
                                                const ArchiveNames& names)
{
    splice::DeviceEntry entry;
    entry.klass = klass;
    entry.backend = attribute(device, "backend-domain", "dom0");
    if (const auto named = names.qubes.find(entry.backend); named != names.qubes.end())
        entry.backend = named->second;
    entry.port = attribute(device, "id", "*");
    entry.mode = attribute(device, "mode", "required");
    if (const std::string* required = device.attribute("required"))
        entry.mode = parse_boolean(*required).value_or(true) ? "required" : "auto-attach";
    entry.identity = attribute(device, "identity", "*");
    const auto printable = [](std::string_view text) {
        return text.size() <= 512 && std::ranges::all_of(text, [](char c) {
                   return c > 0x20 && c < 0x7f && c != '\'' && c != '"' && c != '<';
               });
    };
    for (const Element& option : device.children) {
        const std::string* name = option.attribute("name");
        if (option.name != "option" || name == nullptr)
            continue;
        if (!PortName::fits(*name) || !printable(option.text))
            return std::nullopt;
        entry.options.emplace_back(*name, option.text);
    }
    if (!QubeName::fault(entry.backend).empty() ||
        (entry.port != "*" && !PortName::fits(entry.port)) || !printable(entry.mode) ||
        !printable(entry.identity))
        return std::nullopt;
    return entry;
}

} // namespace

void add_devices(ArchivedQube& qube, const Qube& domain, const ArchiveNames& names)
{
    for (const Element& devices : domain.element().children) {
        if (devices.name != "devices")
            continue;
        const std::string klass = attribute(devices, "class", "");
        for (const Element& device : devices.children) {
            if (device.name != "device")
                continue;
            if (!is_class_of_devices(klass)) {
                add_note(qube, "device-skipped:malformed");
                continue;
            }
            if (qube.devices.size() == most_devices)
                refuse_metadata("'" + qube.name + "' has too many devices");
            if (auto entry = device_entry(device, klass, names))
                qube.devices.push_back(std::move(*entry));
            else
                add_note(qube, "device-skipped:" + klass);
        }
    }
}

} // namespace qmgmt
