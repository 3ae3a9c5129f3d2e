// SPDX-License-Identifier: GPL-2.0-or-later

#include "firewall/destination.hpp"

#include "names/number.hpp"
#include "store/address.hpp"

namespace qmgmt {
namespace {

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;
constexpr unsigned ipv4_bits = 32;
constexpr unsigned ipv6_bits = 128;

constexpr unsigned bits_of(Family family)
{
    return family == Family::ipv4 ? ipv4_bits : ipv6_bits;
}

std::optional<Family> family_of(std::string_view untrusted_address)
{
    if (is_ipv4(untrusted_address))
        return Family::ipv4;
    if (canonical_ipv6(untrusted_address))
        return Family::ipv6;
    return std::nullopt;
}

} // namespace

std::optional<AddressPrefix> AddressPrefix::parse(std::string_view untrusted_text)
{
    const auto slash = untrusted_text.find('/');
    const std::string_view address = untrusted_text.substr(0, slash);
    const auto family = family_of(address);
    if (!family)
        return std::nullopt;
    unsigned length = bits_of(*family);
    if (slash != std::string_view::npos) {
        const auto given = parse_decimal(untrusted_text.substr(slash + 1));
        if (!given || *given > length)
            return std::nullopt;
        length = static_cast<unsigned>(*given);
    }
    return AddressPrefix{*family, std::string{address}, length};
}

std::string AddressPrefix::text() const
{
    return address + "/" + std::to_string(length);
}

std::optional<HostName> HostName::parse(std::string_view untrusted_text)
{
    if (untrusted_text.size() > longest_name ||
        untrusted_text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") !=
            std::string_view::npos ||
        untrusted_text.find_first_not_of("0123456789.") == std::string_view::npos)
        return std::nullopt;
    std::string_view rest = untrusted_text;
    if (rest.ends_with('.'))
        rest.remove_suffix(1);
    for (;;) {
        const auto dot = rest.find('.');
        const auto label = rest.substr(0, dot);
        if (label.empty() || label.size() > longest_label)
            return std::nullopt;
        if (dot == std::string_view::npos)
            return HostName{std::string{untrusted_text}};
        rest.remove_prefix(dot + 1);
    }
}

} // namespace qmgmt
