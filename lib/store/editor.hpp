// SPDX-License-Identifier: GPL-2.0-or-later
//
// The store under its lock: opened, locked, edited in memory, replaced in one step. Whoever waits
// finds the new file. The lock is on the store file itself, as upstream's is, so both exclude each
// other (store.md 2.3).
#pragma once

#include "base/deadline.hpp"
#include "store/store.hpp"

#include <functional>
#include <optional>

namespace qmgmt {

class StoreEditor {
public:
    // Waits for the lock until the deadline, then Error{busy} naming the holder. Removes what a
    // killed writer left.
    explicit StoreEditor(Deadline deadline, std::optional<Dialect> dialect = {});

    [[nodiscard]] Store& store() { return *store_; }
    [[nodiscard]] const Store& store() const { return *store_; }
    [[nodiscard]] bool changed() const;

    // Checks the bytes once more and puts them in place, durably; `after` runs while the lock of
    // the new file is still ours. Nothing changed: nothing is written and `after` is not called.
    // Throws Error{store} when the edit would break what was whole; the store is then as it was.
    void commit(const std::function<void()>& after);

private:
    void check() const;

    Fd lock_; // the descriptor that holds the lock
    std::optional<Store> store_;
    std::optional<Index> before_;
    std::string bytes_before_;
};

} // namespace qmgmt
