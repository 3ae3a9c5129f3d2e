// SPDX-License-Identifier: GPL-2.0-or-later

#include "firewall/version1.hpp"

#include "firewall/file_tag.hpp"
#include "firewall/rule_draft.hpp"

#include <string>
#include <utility>

namespace qmgmt {
namespace {

Rule finished(RuleDraft& draft)
{
    if (auto rule = draft.finish())
        return *std::move(rule);
    refuse_firewall_file("version 1, a rule whose part is not valid: " +
                         std::string{draft.fault()});
}

// Names of hosts were typed as people type them.
std::string lower_case(std::string_view text)
{
    std::string lower{text};
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

// No length at all stands for one address; all addresses are no destination.
void set_destination(RuleDraft& draft, std::string_view address, std::string_view length)
{
    if (address.empty() || (address == "0.0.0.0" && length == "0"))
        return;
    const bool all_of_it = length.empty() || length == "32";
    draft.set("dsthost", lower_case(address) + (all_of_it ? "" : "/" + std::string{length}));
}

} // namespace

Version1::Version1(const XmlStart& root) : policy_{RuleAction::drop}
{
    const auto policy = attribute_of(root, "policy");
    if (policy == "allow")
        policy_ = RuleAction::accept;
    else if (policy != "deny")
        refuse_firewall_file("version 1 without a policy");
    add_service(root, "dns", "specialtarget", "dns");
    add_service(root, "icmp", "proto", "icmp");
}

void Version1::add_service(const XmlStart& root, std::string_view name, std::string_view option,
                           std::string_view value)
{
    const auto said = attribute_of(root, name);
    const bool accepted = said ? *said == "allow" : policy_ == RuleAction::accept;
    RuleDraft draft;
    draft.set("action", word(accepted ? RuleAction::accept : RuleAction::drop));
    draft.set(option, value);
    rules_.push_back(finished(draft));
}

void Version1::add(const XmlStart& rule)
{
    const auto text = [&rule](std::string_view name) {
        return attribute_of(rule, name).value_or("");
    };
    RuleDraft draft;
    draft.set("action",
              word(policy_ == RuleAction::accept ? RuleAction::drop : RuleAction::accept));
    set_destination(draft, text("address"), text("netmask"));
    const std::string_view protocol = text("proto");
    const bool any = protocol.empty() || protocol == "any";
    if (!text("port").empty()) {
        const std::string_view last = text("toport");
        draft.set("dstports",
                  std::string{text("port")} + (last.empty() ? "" : "-" + std::string{last}));
    }
    if (!any || !text("port").empty()) // ports without a protocol were those of TCP
        draft.set("proto", any ? "tcp" : protocol);
    if (const auto expire = attribute_of(rule, "expire"))
        draft.set("expire", *expire);
    rules_.push_back(finished(draft));
}

std::vector<Rule> Version1::finish()
{
    if (policy_ == RuleAction::accept)
        rules_.push_back(Rule::accept_all());
    return std::move(rules_);
}

} // namespace qmgmt
