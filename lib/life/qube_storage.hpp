// SPDX-License-Identifier: GPL-2.0-or-later
//
// The volumes of one qube, moved together with its life. The caller holds the qube's lock; each
// verb takes those of the volumes while it lasts: who copies into one holds that alone.
#pragma once

#include "call/call.hpp"
#include "state/named_lock.hpp"
#include "storage/pool_table.hpp"
#include "storage/volume.hpp"

#include <functional>
#include <string>
#include <vector>

namespace qmgmt {

class QubeStorage {
public:
    // As its class and volume-config say, in the store's present version.
    QubeStorage(Call& call, const Qube& qube);

    [[nodiscard]] const std::vector<Volume>& volumes() const { return volumes_; }
    [[nodiscard]] PoolTable& pools() { return pools_; }

    // The locks of its volumes, for who is about to do away with them.
    [[nodiscard]] std::vector<NamedLock> lock() const;

    // Throws unless every volume could be started, and as encrypted as it asks to be.
    void verify();
    // Starts them. `about_to` is told the role of each that is not started yet, before it is.
    void start(const std::function<void(const std::string& role)>& about_to);
    // The domain never ran: takes back the volumes of these roles, nothing is committed. A failure
    // is thrown after all were tried.
    void abort(const std::vector<std::string>& roles);
    // The domain is gone: commits or discards. A failure is thrown after all were tried.
    void stop();

private:
    void all(const std::function<void(Pool& pool, const Volume& volume)>& end);

    Call& call_;
    std::string qube_;
    const Store& store_;
    PoolTable pools_;
    std::vector<Volume> volumes_;
};

} // namespace qmgmt
