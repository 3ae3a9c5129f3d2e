// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whether upstream's qubesd runs. It keeps the store in memory: whoever edits beside it breaks its
// next save.
#pragma once

namespace qmgmt {

// True when somebody other than our own dispatch socket accepts on qubesd.sock. Connects and
// closes, sends nothing.
[[nodiscard]] bool foreign_daemon_runs();

} // namespace qmgmt
