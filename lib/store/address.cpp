// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/address.hpp"

#include "names/number.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstdio>

namespace qmgmt {

std::string ipv4_of(unsigned id, bool disposable)
{
    unsigned third = 0;
    unsigned fourth = id;
    if (id >= 255) {
        third = (id - 1) / 254;
        fourth = (id - 1) % 254 + 1;
    }
    return (disposable ? "10.138." : "10.137.") + std::to_string(third) + "." +
           std::to_string(fourth);
}

std::string ipv6_of(unsigned id, bool disposable)
{
    std::array<char, 12> hex{};
    std::snprintf(hex.data(), hex.size(), "%x", id);
    const std::string text =
        std::string{"fd09:24ef:4179::"} + (disposable ? "a8a:" : "a89:") + hex.data();
    return canonical_ipv6(text).value_or(text);
}

bool is_ipv4(std::string_view untrusted_text)
{
    std::string_view rest = untrusted_text;
    if (rest.size() > 15)
        return false;
    for (int part = 0; part < 4; ++part) {
        const auto end = part == 3 ? rest.size() : rest.find('.');
        if (end == std::string_view::npos)
            return false;
        const auto number = parse_decimal(rest.substr(0, end));
        if (!number || *number > 255)
            return false;
        rest.remove_prefix(part == 3 ? end : end + 1);
    }
    return rest.empty();
}

std::optional<std::string> canonical_ipv6(std::string_view untrusted_text)
{
    if (untrusted_text.size() >= INET6_ADDRSTRLEN ||
        untrusted_text.find('\0') != std::string_view::npos) // inet_pton would stop there
        return std::nullopt;
    struct in6_addr address {};
    if (::inet_pton(AF_INET6, std::string{untrusted_text}.c_str(), &address) != 1)
        return std::nullopt;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::inet_ntop(AF_INET6, &address, text.data(), text.size()) == nullptr)
        return std::nullopt;
    return text.data();
}

std::optional<std::string> canonical_mac(std::string_view untrusted_text)
{
    if (untrusted_text.size() != 17)
        return std::nullopt;
    std::string mac{untrusted_text};
    for (std::size_t i = 0; i < mac.size(); ++i) {
        char& c = mac[i];
        if (i % 3 == 2) {
            if (c != ':')
                return std::nullopt;
            continue;
        }
        if (c >= 'A' && c <= 'F')
            c = static_cast<char>(c - 'A' + 'a');
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return std::nullopt;
    }
    return mac;
}

} // namespace qmgmt
