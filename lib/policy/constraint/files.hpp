// SPDX-License-Identifier: GPL-2.0-or-later
//
// The files of constraints, as whoever may rely on them wants them: root's, and root's alone to
// change.
#pragma once

#include <string>
#include <vector>

namespace qmgmt {

struct ConstraintText {
    std::string path; // as dom0 knows it, without the root in force
    std::string text;
    std::string fault = {}; // why the file, or the directory, cannot be relied on
};

// `*.conf` of /etc/qubes/mgmt-constraints.d in the order of their bytes, none that begins with a
// dot. Without the directory nothing. A directory that cannot be relied on is one entry with a
// fault.
[[nodiscard]] std::vector<ConstraintText> host_constraint_texts();

} // namespace qmgmt
