// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where the traffic goes that a rule speaks of: addresses of one family, or a host by its name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace qmgmt {

enum class Family { ipv4, ipv6 };

// The addresses that begin alike. Bits behind the prefix are kept as they were given, as is the
// text of the address.
struct AddressPrefix {
    Family family;
    std::string address;
    unsigned length;

    // "192.0.2.1", "2001:db8::/64"; without a length, one address. Nothing for all else.
    static std::optional<AddressPrefix> parse(std::string_view untrusted_text);
    // Always with its length.
    [[nodiscard]] std::string text() const;

    friend bool operator==(const AddressPrefix&, const AddressPrefix&) = default;
};

// [a-z0-9._-]+, 1 to 253 bytes, labels of 1 to 63; one dot may stand at the end. Not of digits and
// dots alone: resolvers take that for an address that was cut short.
struct HostName {
    std::string text;

    static std::optional<HostName> parse(std::string_view untrusted_text);

    friend bool operator==(const HostName&, const HostName&) = default;
};

// Nothing named: everywhere.
using RuleDestination = std::variant<std::monostate, AddressPrefix, HostName>;

} // namespace qmgmt
