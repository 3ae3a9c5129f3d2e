// SPDX-License-Identifier: GPL-2.0-or-later
//
// Below /local/domain/0/backend/pci/<domain>/<number>: `domain` its name, `num_devs` how many
// devices, and of each, from 0 on, `dev-<i>` its address in the host and where the guest sees it:
// of an hvm, where the device model has put it, `vdevfn-<i>`, both its numbers in one; of a pv,
// where the back end has, `vdev-<i>`, a whole address.

#include "life/device/pci/users.hpp"

#include "device/hex.hpp"
#include "names/names.hpp"
#include "names/number.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr const char* back_ends = "/local/domain/0/backend/pci";
constexpr std::uint64_t most_devices = 256; // of one domain

std::string value_of(Xenstore& xenstore, const std::string& path)
{
    return xenstore.read(path).value_or("");
}

std::string slot(std::uint32_t bus, std::uint32_t device, std::uint32_t function)
{
    return hex(bus, 2) + ":" + hex(device, 2) + "." + hex(function, 1);
}

// "28": device 5, function 0.
std::string slot_of_hvm(std::string_view text)
{
    const auto number = parse_hex(text, text.size());
    return number && *number <= 0xff ? slot(0, *number >> 3U, *number & 7U) : std::string{};
}

// "0000:00:05.00"
std::string slot_of_pv(std::string_view text)
{
    if (text.size() != 13 || text[4] != ':' || text[7] != ':' || text[10] != '.')
        return {};
    const auto segment = parse_hex(text.substr(0, 4), 4);
    const auto bus = parse_hex(text.substr(5, 2), 2);
    const auto device = parse_hex(text.substr(8, 2), 2);
    const auto function = parse_hex(text.substr(11), 2);
    const bool fits = segment == 0U && bus && device && function && *device <= 0x1f;
    return fits && *function <= 7 ? slot(*bus, *device, *function) : std::string{};
}

// What a back end says of one of its devices: "dev", "vdev", "vdevfn".
std::string said(Xenstore& xenstore, const std::string& back_end, const char* what,
                 const std::string& number)
{
    std::string path{back_end};
    path.append("/").append(what).append("-").append(number);
    return value_of(xenstore, path);
}

std::string slot_at(Xenstore& xenstore, const std::string& back_end, const std::string& number)
{
    const std::string of_hvm = said(xenstore, back_end, "vdevfn", number);
    return of_hvm.empty() ? slot_of_pv(said(xenstore, back_end, "vdev", number))
                          : slot_of_hvm(of_hvm);
}

} // namespace

std::map<PciAddress, PciUser> pci_users(Xenstore& xenstore)
{
    std::map<PciAddress, PciUser> users;
    for (const std::string& domain : xenstore.list(back_ends)) {
        const std::string of_domain = back_ends + ("/" + domain);
        const std::string below = of_domain + "/";
        for (const std::string& number : xenstore.list(of_domain)) {
            const std::string back_end = below + number;
            const std::string name = value_of(xenstore, back_end + "/domain");
            if (!QubeName::fault(name).empty()) // a device model, or a domain that is going
                continue;
            const auto count = parse_decimal(value_of(xenstore, back_end + "/num_devs"));
            for (std::uint64_t i = 0; i < std::min(count.value_or(0), most_devices); ++i) {
                const std::string at = std::to_string(i);
                if (const auto device = PciAddress::parse(said(xenstore, back_end, "dev", at)))
                    users.emplace(*device, PciUser{name, slot_at(xenstore, back_end, at)});
            }
        }
    }
    return users;
}

} // namespace qmgmt
