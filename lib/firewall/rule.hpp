// SPDX-License-Identifier: GPL-2.0-or-later
//
// One rule of a qube's firewall (firewall-devices.md 1.3, 1.5). There is none that is not valid.
#pragma once

#include "firewall/destination.hpp"

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

enum class RuleAction { accept, drop };
enum class RuleProtocol { tcp, udp, icmp };

struct PortRange {
    std::uint16_t first;
    std::uint16_t last;

    friend bool operator==(const PortRange&, const PortRange&) = default;
};

inline constexpr std::size_t longest_rule = 1024;

class Rule {
public:
    // One line, without its end, options in any order. Throws Error{protocol} for bytes that no
    // text has, Error{too_large} for too many, Error{bad_value} naming the option for all else.
    static Rule parse(std::string_view untrusted_line);
    // What holds for a qube without rules of its own.
    static Rule accept_all() { return Rule{RuleAction::accept}; }

    // Options in their order, one blank between, ports as a range. Parses to the same rule.
    [[nodiscard]] std::string canonical() const;
    // The same without what concerns nobody but us, expire and comment: for who applies it.
    [[nodiscard]] std::string applied_text() const;

    // Since when, at `now`, it holds no more: it does in its last second.
    [[nodiscard]] bool is_expired(std::time_t now) const { return expire_ && *expire_ < now; }
    // Nothing when it concerns both.
    [[nodiscard]] std::optional<Family> family() const;
    // Who applies it passes over it: DNS, but not at port 53 alone.
    [[nodiscard]] bool never_matches() const;

    [[nodiscard]] RuleAction action() const { return action_; }
    [[nodiscard]] std::optional<std::int64_t> expire() const { return expire_; }
    [[nodiscard]] const RuleDestination& destination() const { return destination_; }
    [[nodiscard]] std::optional<RuleProtocol> protocol() const { return protocol_; }
    // The only special target there is: the netvm's DNS servers.
    [[nodiscard]] bool is_for_dns() const { return dns_; }
    [[nodiscard]] std::optional<PortRange> ports() const { return ports_; }
    [[nodiscard]] std::optional<unsigned> icmp_type() const { return icmp_type_; }
    [[nodiscard]] const std::string& comment() const { return comment_; } // empty: none

    friend bool operator==(const Rule&, const Rule&) = default;

private:
    friend class RuleDraft;
    explicit Rule(RuleAction action) : action_{action} {}

    RuleAction action_;
    std::optional<std::int64_t> expire_;
    RuleDestination destination_;
    std::optional<RuleProtocol> protocol_;
    bool dns_ = false;
    std::optional<PortRange> ports_;
    std::optional<unsigned> icmp_type_;
    std::string comment_;
};

// What is said to who asks for such a rule.
inline constexpr std::string_view rule_never_matches =
    "a rule for DNS that is not for port 53 alone never matches";

[[nodiscard]] std::string_view word(RuleAction action);
[[nodiscard]] std::string_view word(RuleProtocol protocol);

} // namespace qmgmt
