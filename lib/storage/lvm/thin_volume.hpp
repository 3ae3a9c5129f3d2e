// SPDX-License-Identifier: GPL-2.0-or-later
//
// One volume of a thin pool: its logical volumes, and the steps from one state to the next
// (storage.md 2.2.3). Below, `keep` is the number of revisions to keep; -1 means that the qube runs
// on the committed state itself. Committed states are exchanged by renaming alone: whatever step is
// the last, each state is there under some name, and the same verb or the next one goes on.
#pragma once

#include "base/fd.hpp"
#include "state/named_lock.hpp"
#include "storage/lvm/name.hpp"
#include "storage/lvm/thin_group.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qmgmt::lvm {

class ThinVolume {
public:
    // `purpose` ("cannot start 'pool:vid'") begins the text of every error. Reads what there is as
    // ThinGroup::look does. Throws Error{storage} when the vid is none of this group.
    ThinVolume(ThinGroup& group, std::string pool, const std::string& vid, std::string purpose);

    [[nodiscard]] const VolumeName& names() const { return names_; }
    [[nodiscard]] ThinGroup& group() const { return group_; }
    [[nodiscard]] const std::string& purpose() const { return purpose_; }

    // Throws Error{storage} with the purpose and `reason`.
    [[noreturn]] void refuse(const std::string& reason) const;

    // It has a running copy.
    [[nodiscard]] bool is_dirty() const { return group_.has(names_.running()); }
    // The logical volume that holds the committed state: after an interrupted commit the newest
    // revision. Nothing when there is none.
    [[nodiscard]] std::optional<std::string> committed() const;
    // The same, or a refusal.
    [[nodiscard]] std::string committed_or_refuse() const;
    // Ids, oldest first: by time, not by text.
    [[nodiscard]] std::vector<std::string> revisions() const;
    // The id of the next revision: `now`, or later than the newest.
    [[nodiscard]] std::string next_revision(std::uint64_t now) const;

    // One logical volume of it, where it is there, that is no committed state: only this volume's
    // own run or import can have it open. Its content is discarded before; that of a committed
    // state never is, because a reader may have it open and lvm refuses to remove it only then.
    void remove_part(const std::string& name) const;
    // What qubes that it is attached to have of it.
    [[nodiscard]] std::vector<std::string> exported_keys() const;
    void remove_import() const { remove_part(names_.imported()); }
    // The committed state last: an interrupted removal can be repeated.
    void remove_all() const;

    // Makes the running copy and returns true; false when there was one already.
    [[nodiscard]] bool start(int keep) const;
    // Makes, or makes anew, the running copy of a volume that begins with the committed state of
    // `source`. That stays in one piece meanwhile.
    void start_from(const ThinVolume& source) const;
    // Makes `name` a copy of the committed state, which stays in one piece meanwhile.
    void clone_committed(const std::string& name) const;
    // The device of the committed state, for reading; pruning leaves it alone while it is open.
    [[nodiscard]] Fd open_committed() const;
    // `from`, a logical volume of this volume, becomes the committed state, and the former one the
    // newest revision.
    void exchange(const std::string& from, std::uint64_t now) const;
    // Removes all revisions but the newest `keep`. Throws when one cannot be removed; others are.
    void prune(int keep) const;

private:
    [[nodiscard]] NamedLock commit_lock_of(LockMode mode) const;

    ThinGroup& group_;
    std::string pool_;
    VolumeName names_;
    std::string purpose_;
};

} // namespace qmgmt::lvm
