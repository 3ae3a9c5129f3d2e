// SPDX-License-Identifier: GPL-2.0-or-later
//
// Work that may take hours, on a machine that people use meanwhile.
#pragma once

namespace qmgmt {

// This thread, and those that it starts from now on, get the processor and the disks when others
// leave them. As far as the kernel lets it.
void let_others_go_first() noexcept;

} // namespace qmgmt
