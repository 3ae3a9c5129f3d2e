// SPDX-License-Identifier: GPL-2.0-or-later
//
// Copies of the store as it was before a large change (key `keep-backups = N`, off by default),
// beside those that the system makes at boot; only copies of ours are ever removed.
#pragma once

#include <string_view>

namespace qmgmt {

// Writes `bytes` to /var/lib/qubes/backup/qubes-<date>-<time>.mgmt.xml and removes the oldest of
// that suffix beyond N. A failure is logged and ignored.
void keep_store_backup(std::string_view bytes);

} // namespace qmgmt
