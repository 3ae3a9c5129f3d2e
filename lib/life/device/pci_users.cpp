// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/pci_users.hpp"

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

} // namespace

std::map<PciAddress, std::string> pci_users(Xenstore& xenstore)
{
    std::map<PciAddress, std::string> users;
    for (const std::string& domain : xenstore.list(back_ends)) {
        const std::string of_domain = back_ends + ("/" + domain);
        const std::string below = of_domain + "/";
        for (const std::string& number : xenstore.list(of_domain)) {
            const std::string back_end = below + number;
            const std::string name = value_of(xenstore, back_end + "/domain");
            if (!QubeName::fault(name).empty()) // a device model, or a domain that is going
                continue;
            const auto count = parse_decimal(value_of(xenstore, back_end + "/num_devs"));
            for (std::uint64_t i = 0; i < std::min(count.value_or(0), most_devices); ++i)
                if (const auto device = PciAddress::parse(
                        value_of(xenstore, back_end + "/dev-" + std::to_string(i))))
                    users.emplace(*device, name);
        }
    }
    return users;
}

} // namespace qmgmt
