// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/qube_files.hpp"

#include "backup/fault.hpp"
#include "firewall/firewall_xml.hpp"

#include <algorithm>

namespace qmgmt {

void QubeFiles::came(const ArchivedQube& qube, std::string_view file)
{
    files_[qube.directory].emplace(file);
}

bool QubeFiles::has(const ArchivedQube& qube, std::string_view file) const
{
    const auto found = files_.find(qube.directory);
    return found != files_.end() && found->second.contains(file);
}

void QubeFiles::check(const ArchivedQube& qube) const
{
    const auto promised = qube.promised_images();
    const bool whole = has(qube, "empty") || std::ranges::all_of(promised, [&](const auto& role) {
                           return has(qube, role + ".img");
                       });
    if (!whole)
        throw BackupError{BackupFault::incomplete_archive,
                          "an image of '" + qube.name + "' is missing"};
}

RuleList archived_rules(const ArchivedQube& qube, const std::string& untrusted_xml)
{
    try {
        return parse_firewall_xml(untrusted_xml);
    } catch (const Error& error) {
        throw BackupError{BackupFault::firewall_invalid,
                          "the firewall rules of '" + qube.name + "' are not valid",
                          error.text() + " " + error.detail()};
    }
}

} // namespace qmgmt
