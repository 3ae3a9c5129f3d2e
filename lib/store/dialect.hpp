// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which of upstream's generations the store belongs to. Everything is read; what is written follows
// the dialect, because a generation refuses a store that holds what it does not know (store.md
// 0.1).
#pragma once

namespace qmgmt {

enum class Dialect { r40, current };

} // namespace qmgmt
