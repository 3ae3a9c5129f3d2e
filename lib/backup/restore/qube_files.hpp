// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which files of each qube an archive has brought, whoever has taken them, so that one that lost
// some is not taken for whole (backup.md 1.8.2).
#pragma once

#include "backup/restore/metadata/metadata.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace qmgmt {

class QubeFiles {
public:
    // `file`: without the directory.
    void came(const ArchivedQube& qube, std::string_view file);
    // Throws BackupError{incomplete_archive} when an image that the qube must have has not come.
    void check(const ArchivedQube& qube) const;
    [[nodiscard]] bool has(const ArchivedQube& qube, std::string_view file) const;

private:
    std::map<std::string, std::set<std::string, std::less<>>, std::less<>> files_; // by directory
};

// The list of rules in a backup. Throws BackupError{firewall_invalid}: never fewer rules than there
// were.
class RuleList;
[[nodiscard]] RuleList archived_rules(const ArchivedQube& qube, const std::string& untrusted_xml);

} // namespace qmgmt
