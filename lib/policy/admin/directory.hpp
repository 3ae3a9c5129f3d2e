// SPDX-License-Identifier: GPL-2.0-or-later
//
// The directories of qrexec's policy, held against everybody else who changes them: whoever does
// takes the lock of the directory itself, upstream's programs too.
#pragma once

#include "base/deadline.hpp"
#include "base/fd.hpp"
#include "policy/admin/file_name.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

class PolicyDirectory {
public:
    // Held as long as this lives. Throws Error{unsupported} on an older host, which has none, and
    // Error{busy} when somebody else holds it to the deadline.
    explicit PolicyDirectory(Deadline deadline);

    // What may be asked for, and what an administrator has laid there besides; sorted.
    [[nodiscard]] std::vector<std::string> list(PolicyPlace place) const;
    // Nothing: there is no such file. Throws Error{denied} for what leads elsewhere or is no file.
    [[nodiscard]] std::optional<std::string> read(const PolicyFileName& name) const;

    // Both are durable, and seen by qrexec as a whole or not at all.
    void replace(const PolicyFileName& name, std::string_view content) const;
    void remove(const PolicyFileName& name) const;

private:
    Fd held_;
};

// The directory belongs to root, so that only root can change it as it ought to be.
[[nodiscard]] bool policy_is_roots();

} // namespace qmgmt
