// SPDX-License-Identifier: GPL-2.0-or-later

#include "firewall/file_tag.hpp"
#include "firewall/firewall_xml.hpp"
#include "firewall/rule_draft.hpp"
#include "firewall/version1.hpp"
#include "names/number.hpp"

#include <array>
#include <optional>
#include <utility>

namespace qmgmt {
namespace {

std::uint64_t counter(const XmlStart& tag, std::string_view name)
{
    return parse_decimal(attribute_of(tag, name).value_or("")).value_or(0);
}

bool is_blank(std::string_view characters)
{
    return characters.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// Every element has one place below the root, which says the version.
class Reader : public XmlHandler {
public:
    void start(const XmlStart& tag) override
    {
        constexpr std::array<std::string_view, 4> path{"rules", "rule", "properties", "property"};
        if (tag.depth == 1)
            return start_root(tag);
        const std::size_t level = static_cast<std::size_t>(tag.depth) - 2;
        if (old_ ? level != 0 || std::string_view{tag.name} != "rule"
                 : level >= path.size() || tag.name != path[level])
            refuse_firewall_file("an element that is not known");
        if (old_)
            return start_old_rule(tag);
        switch (level) {
        case 0: return start_once(has_rules_);
        case 1: return start_rule(tag);
        case 2: return start_once(has_properties_);
        default: in_property_ = true; property_ = attribute_of(tag, "name").value_or("");
        }
    }

    void end(const XmlEnd& tag) override
    {
        if (std::exchange(in_property_, false))
            draft_.set(property_, std::exchange(value_, {}));
        else if (!old_ && tag.depth == depth_of_rule)
            end_rule();
    }

    void text(std::string_view characters) override
    {
        if (in_property_)
            value_ += characters;
        else if (!is_blank(characters))
            refuse_firewall_file("text where none belongs");
    }

    RuleList list()
    {
        if (old_) {
            for (Rule& rule : old_->finish())
                rules_.push_back({0, std::move(rule)});
        }
        return RuleList::restore(std::move(rules_), next_);
    }

private:
    static constexpr int depth_of_rule = 3;

    void start_root(const XmlStart& tag)
    {
        const std::string_view name = tag.name;
        const std::string_view version = attribute_of(tag, "version").value_or("1");
        if (version == "1" && name == "QubesFirewallRules")
            old_.emplace(tag);
        else if (version != "2" || name != "firewall")
            refuse_firewall_file("the version is not known");
        next_ = counter(tag, "next-id");
    }

    static void start_once(bool& started)
    {
        if (std::exchange(started, true))
            refuse_firewall_file("an element stands there twice");
    }

    void count_rule()
    {
        if (++count_ > most_rules_read)
            refuse_firewall_file("too many rules");
    }

    void start_old_rule(const XmlStart& tag)
    {
        count_rule();
        old_->add(tag);
    }

    void start_rule(const XmlStart& tag)
    {
        count_rule();
        counter_ = counter(tag, "id");
        draft_ = {};
        has_properties_ = false;
    }

    void end_rule()
    {
        auto rule = draft_.finish();
        if (!rule)
            refuse_firewall_file("rule " + std::to_string(count_) +
                                 " is not valid: " + std::string{draft_.fault()});
        rules_.push_back({counter_, *std::move(rule)});
    }

    std::optional<Version1> old_;
    std::vector<ListedRule> rules_;
    std::uint64_t next_ = 0;
    std::size_t count_ = 0;
    bool has_rules_ = false;
    // Of the rule that is being read.
    std::uint64_t counter_ = 0;
    RuleDraft draft_;
    bool has_properties_ = false;
    // Of its property.
    bool in_property_ = false;
    std::string property_;
    std::string value_;
};

} // namespace

RuleList parse_firewall_xml(std::string_view untrusted_bytes)
{
    if (untrusted_bytes.size() > longest_firewall_file)
        refuse_firewall_file("the file is too long");
    Reader reader;
    if (const auto fault = parse_xml(untrusted_bytes, reader))
        refuse_firewall_file(fault->text + " at byte " + std::to_string(fault->offset));
    return reader.list();
}

} // namespace qmgmt
