// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/report.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

std::string line_of(const RestoreReport::Row& row)
{
    std::string line = "vm name=" + row.name + " as=" + (row.as.empty() ? row.name : row.as) +
                       " result=" + row.result;
    if (!row.reason.empty())
        line += " reason=" + row.reason;
    for (const std::string& note : row.notes)
        line += (&note == &row.notes.front() ? " note=" : ",") + note;
    return line + "\n";
}

} // namespace

bool RestoreReport::has_failed() const
{
    return std::ranges::find(rows, "failed", &Row::result) != rows.end();
}

std::string RestoreReport::text(bool whole) const
{
    const std::string created = backup_id.substr(0, backup_id.find('-'));
    std::string text = "backup id=" + backup_id + " created=" + created +
                       " vms=" + std::to_string(rows.size()) + " bytes=" + std::to_string(bytes) +
                       " manifest=" + (manifest ? "yes" : "no") + "\n";
    for (const Row& row : rows)
        text += line_of(row);
    return text + "end result=" + (!whole ? "failed" : has_failed() ? "partial" : "ok") + "\n";
}

} // namespace qmgmt
