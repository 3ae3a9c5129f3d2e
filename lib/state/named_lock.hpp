// SPDX-License-Identifier: GPL-2.0-or-later
//
// Locks with a name below the runtime directory: `qube/<name>`, `vol/<pool>:<vid>` ... Files that
// are never unlinked; the holder writes who it is into them, for the message of whoever waits in
// vain. Order: design.md 12.
#pragma once

#include "base/deadline.hpp"
#include "base/fd.hpp"
#include "base/file_lock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

class NamedLock {
public:
    // Waits until the deadline, then Error{busy} naming the holder. `holder` is who we are:
    // "mgmt.vm.Start".
    static NamedLock wait(const std::string& name, LockMode mode, Deadline deadline,
                          std::string_view holder);
    // Nothing when somebody else holds it.
    static std::optional<NamedLock> try_lock(const std::string& name, LockMode mode,
                                             std::string_view holder);

    // Whether somebody holds it exclusively. Makes no file.
    [[nodiscard]] static bool is_held(const std::string& name);

    // From exclusive to shared, without letting go in between.
    void share() const;

private:
    explicit NamedLock(Fd fd) : fd_{std::move(fd)} {}
    static Fd open(const std::string& name);
    void sign(std::string_view holder) const;

    Fd fd_;
};

// The name of the lock for what takes long on one qube.
[[nodiscard]] inline std::string qube_lock(std::string_view qube)
{
    return "qube/" + std::string{qube};
}

} // namespace qmgmt
