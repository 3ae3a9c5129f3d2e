// SPDX-License-Identifier: GPL-2.0-or-later
//
// Texts as they stand in the qubes.xml of a backup.
#pragma once

#include <string>
#include <string_view>

namespace qmgmt::test {

inline std::string property(std::string_view name, std::string_view value)
{
    return "<property name=\"" + std::string{name} + "\">" + std::string{value} + "</property>";
}

inline std::string feature(std::string_view name, std::string_view value)
{
    return "<feature name=\"" + std::string{name} + "\">" + std::string{value} + "</feature>";
}

struct DomainText {
    std::string klass = "AppVM";
    std::string name;
    std::string path; // empty: not in the backup
    std::string label = "red";
    std::string properties = {}; // besides name and label
    std::string features = {};
    std::string tags = {};
    std::string more = {}; // devices, volume-config
    std::string size = "1000000";

    [[nodiscard]] std::string text() const
    {
        return "<domain id=\"domain-x-" + name + "\" class=\"" + klass + "\"><properties>" +
               property("name", name) + property("label", label) + properties +
               "</properties><features>" + feature("backup-content", path.empty() ? "" : "1") +
               (path.empty() ? "" : feature("backup-path", path) + feature("backup-size", size)) +
               features + "</features><tags>" + tags + "</tags>" + more + "</domain>\n";
    }
};

inline const std::string dom0_text = "<domain id=\"domain-0\" class=\"AdminVM\"><properties>"
                                     "<property name=\"label\">black</property></properties>"
                                     "<features/><tags/></domain>\n";
inline const std::string labels_text =
    "<labels><label id=\"label-1\" color=\"0xcc0000\">red</label>"
    "<label id=\"label-4\" color=\"0x73d216\">green</label>"
    "<label id=\"label-8\" color=\"0x000000\">black</label>"
    "<label id=\"label-9\" color=\"0x123456\">teal</label></labels>";

// `domains` besides dom0.
inline std::string metadata_text(const std::string& domains)
{
    return "<qubes>" + labels_text + "<properties/><domains>" + dom0_text + domains +
           "</domains></qubes>\n";
}

} // namespace qmgmt::test
