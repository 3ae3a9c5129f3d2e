// SPDX-License-Identifier: GPL-2.0-or-later
//
// The volumes of one qube, moved together with its life. The caller holds the qube's lock; each
// verb takes those of the volumes while it lasts: who copies into one holds that alone.
//
// A volume besides the system volumes that keeps data is attached (storage/attachment): written to,
// it is started as a system volume is, for this qube alone; read-only, the qube reads a committed
// state, and others may, too.
#pragma once

#include "call/call.hpp"
#include "state/named_lock.hpp"
#include "storage/attachment.hpp"
#include "storage/pool_table.hpp"
#include "storage/volume.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace qmgmt {

class QubeStorage {
public:
    // As its class and volume-config say, in the store's present version.
    QubeStorage(Call& call, const Qube& qube);

    [[nodiscard]] const std::vector<Volume>& volumes() const { return volumes_; }
    [[nodiscard]] PoolTable& pools() { return pools_; }

    // The locks of its volumes, for who is about to do away with them, and of what else it has
    // attached.
    [[nodiscard]] std::vector<NamedLock> lock() const;

    // Throws unless every volume could be started, and as encrypted as it asks to be:
    // Error{volume_in_use} for one that another qube has.
    void verify();
    // Starts them. `about_to` is told the role of each that is not started yet, before it is.
    void start(const std::function<void(const std::string& role)>& about_to);
    // Where a started volume is; nothing when it gives the domain no disk.
    [[nodiscard]] std::optional<BlockPath> block_path(const Volume& volume);
    // The domain never ran: takes back the volumes of these roles, nothing is committed. A failure
    // is thrown after all were tried.
    void abort(const std::vector<std::string>& roles);
    // The domain is gone: commits or discards, and frees what was attached to it. A failure is
    // thrown after all were tried.
    void stop();
    // Whether `stop` would do anything. Asks disks and records alone: it would while the qube runs,
    // too.
    [[nodiscard]] bool is_unsettled();

private:
    // A volume that it has besides its system volumes, as it is attached at a start.
    [[nodiscard]] Attachment attachment_of(const Volume& volume) const;
    [[nodiscard]] std::optional<Attachment> attached(const Volume& volume) const;
    // Another qube writes to it, or it is another's own: not to be touched.
    [[nodiscard]] bool is_anothers(const Volume& volume);
    void check_free(const Volume& volume, const std::vector<Attachment>& users);
    void attach(const Volume& volume, const std::function<void(const std::string& role)>& about_to);
    void end_volume(const Volume& volume,
                    const std::function<void(Pool& pool, const Volume& volume)>& end);
    void all(const std::function<void(Pool& pool, const Volume& volume)>& end);

    Call& call_;
    std::string qube_;
    Uuid uuid_; // all zero: nobody's that has volumes
    const Store& store_;
    PoolTable pools_;
    std::vector<Volume> volumes_;
};

} // namespace qmgmt
