// SPDX-License-Identifier: GPL-2.0-or-later
//
// One volume of a zfs pool, for the length of one verb. Its head is the zvol itself, and a qube
// runs on that; what is committed is a snapshot, marked clean. At the next commit that snapshot
// becomes a revision. Where the head is exchanged for another (revert, import), the former one is
// kept as long as it has revisions: ZFS cannot move a snapshot. The caller holds the lock of the
// volume for what changes it.
#pragma once

#include "storage/zfs/name.hpp"
#include "storage/zfs/tree.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

struct ZfsRevision {
    std::uint64_t moment = 0;
    std::string dataset; // the head it was made of
    std::string name;
};

class ZfsVolume {
public:
    ZfsVolume(ZfsTree& tree, ZfsNames names, std::string purpose)
        : tree_{tree}, names_{std::move(names)}, purpose_{std::move(purpose)}
    {
    }

    [[nodiscard]] const ZfsNames& names() const { return names_; }
    [[nodiscard]] const std::string& purpose() const { return purpose_; }
    // Throws Error{storage} with the purpose and `reason`.
    [[noreturn]] void refuse(const std::string& reason) const;

    // Null when there is none. Good until the next step that changes something.
    [[nodiscard]] const ZfsDataset* head() const;
    // The same; throws Error{storage} when there is none.
    [[nodiscard]] const ZfsDataset& require_head() const;
    // Whether there is one, or one that `repair` brings back.
    [[nodiscard]] bool has_image() const;
    // Of all heads, oldest first, without those that only clones keep.
    [[nodiscard]] std::vector<ZfsRevision> revisions() const;
    // The newest mark of a committed state; null when there is none.
    [[nodiscard]] const ZfsSnapshot* mark() const;
    // The snapshot of the committed state, whole name; made where a halted volume has none that is
    // up to date. Throws Error{storage} for a volume that runs with snapshots disabled.
    [[nodiscard]] std::string committed();

    // Finishes an exchange of heads that was interrupted, or takes it back, and removes what else
    // an operation left. What readers have open stays.
    void repair();
    // The head is what the qube runs on; it is marked so. `keep` -1: nothing but the head is left.
    void begin(int keep);
    // The present state of the head becomes the committed one, the former a revision. Returns what
    // went wrong beside that.
    [[nodiscard]] std::vector<std::string> commit(int keep);
    // The head grows to at least `size` bytes; where nothing runs, so does the committed state,
    // without a revision. Returns the size it has now.
    std::uint64_t grow(std::uint64_t size);
    // A revision of the head as it is now; its name.
    [[nodiscard]] std::string keep_revision(std::string_view cause);
    // A snapshot of the head as it is now, for the export of this key, whole name; it must not be
    // there. Neither a revision nor a committed state.
    [[nodiscard]] std::string snapshot_live(const std::string& key);
    // Removes it; where something was cloned from it, once that has gone. None is success.
    void drop_live(const std::string& key);
    // `next`, complete, becomes the head; the former, which is halted, keeps its revisions, and its
    // committed state is one, called after `cause`, unless `keep` is none.
    void exchange(const std::string& next, std::string_view cause, int keep);
    // All but the newest `keep` revisions go, and former heads without any. Returns what went
    // wrong.
    [[nodiscard]] std::vector<std::string> prune(int keep);
    // Removes everything, the head last.
    void remove();
    // Destroys one dataset that belongs to the volume.
    void destroy(const std::string& dataset);
    // Gives one the least size that ZFS takes from `size` bytes on, which is returned.
    std::uint64_t set_size(const std::string& dataset, std::uint64_t size);

private:
    [[nodiscard]] const ZfsListing& listing() const { return tree_.below(names_.qube(), purpose_); }
    [[nodiscard]] bool is_complete(const std::string& dataset) const;
    // What becomes the head where there is none; empty: nothing can.
    [[nodiscard]] std::string next_head() const;
    [[nodiscard]] std::uint64_t next_moment() const;
    void retire_marks(int keep);
    void remove_helpers();

    ZfsTree& tree_;
    ZfsNames names_;
    std::string purpose_;
};

} // namespace qmgmt
