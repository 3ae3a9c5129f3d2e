// SPDX-License-Identifier: GPL-2.0-or-later
//
// The firewall of old hosts: a policy, and rules that are exceptions from it. It is turned into
// rules of today as it is read (firewall-devices.md 1.6).
#pragma once

#include "firewall/rule.hpp"
#include "store/xml_parser.hpp"

#include <vector>

namespace qmgmt {

class Version1 {
public:
    // Each throws Error{store} for what no such file has.
    explicit Version1(const XmlStart& root);
    void add(const XmlStart& rule);
    [[nodiscard]] std::vector<Rule> finish();

private:
    void add_service(const XmlStart& root, std::string_view name, std::string_view option,
                     std::string_view value);

    RuleAction policy_;
    std::vector<Rule> rules_;
};

} // namespace qmgmt
