// SPDX-License-Identifier: GPL-2.0-or-later

#include "firewall/rule_id.hpp"

#include "base/sha256.hpp"
#include "names/number.hpp"

namespace qmgmt {
namespace {

constexpr std::size_t hash_digits = 8;

} // namespace

RuleId::RuleId(std::uint64_t counter, const Rule& rule)
    : RuleId{counter, sha256_hex(rule.canonical()).substr(0, hash_digits)}
{
}

std::optional<RuleId> RuleId::parse(std::string_view untrusted_text)
{
    const auto dot = untrusted_text.find('.');
    if (dot == std::string_view::npos)
        return std::nullopt;
    const auto counter = parse_decimal(untrusted_text.substr(0, dot));
    const std::string_view hash = untrusted_text.substr(dot + 1);
    if (!counter || hash.size() != hash_digits ||
        hash.find_first_not_of("0123456789abcdef") != std::string_view::npos)
        return std::nullopt;
    return RuleId{*counter, std::string{hash}};
}

std::string RuleId::text() const
{
    return std::to_string(counter_) + "." + hash_;
}

} // namespace qmgmt
