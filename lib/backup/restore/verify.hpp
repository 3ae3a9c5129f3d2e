// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whether an archive is whole, for each of its qubes and the home of dom0's user, without looking
// at what this host has (backup.md 4.3.3).
#pragma once

#include "backup/restore/session.hpp"
#include "rpc/reply.hpp"

namespace qmgmt {

// The reply is a report, which is also written when the archive is not whole.
[[nodiscard]] Reply verify_archive(RestoreSession& session);

} // namespace qmgmt
