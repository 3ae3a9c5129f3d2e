// SPDX-License-Identifier: GPL-2.0-or-later
//
// A volume that a call is about to change: the lock of its qube and its own are held, what the last
// run of the qube left has been cleaned up.
#pragma once

#include "call/call.hpp"
#include "hypervisor/hypervisor.hpp"
#include "life/qube_storage.hpp"
#include "life/volume/find_volume.hpp"
#include "state/named_lock.hpp"
#include "storage/attachment.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qmgmt {

class HeldVolume {
public:
    // Opens what changes (Call::act) and waits for the locks: Error{busy} naming the holder.
    // Throws Error{volume_not_found} for one that is gone meanwhile, Error{volume_in_use} for one
    // that another qube writes to, Error{denied} for one that was attached and is another's own.
    HeldVolume(Call& call, VolumeOwner owner);

    [[nodiscard]] const VolumeOwner& owner() const { return owner_; }
    [[nodiscard]] const Volume& volume() const { return volume_; }
    [[nodiscard]] Pool& pool() { return storage_->pools().pool(volume_.pool); }
    // Of the qube, when its lock was ours.
    [[nodiscard]] PowerState state() const { return state_; }
    [[nodiscard]] const Uuid& uuid() const { return uuid_; }
    // Throws Error{not_halted}.
    void require_halted() const;
    // Throws Error{volume_in_use} when another qube reads it.
    void require_unattached() const;
    // Throws Error{unsupported} unless the volume keeps data of its own.
    void require_origin() const;

    // Before work that may take long: others may use the qube, as far as they need not this
    // volume, whose lock is held until the end.
    void let_go_of_qube();
    // The store still has this very volume: to be asked before long work is put in place. Throws
    // Error{volume_not_found}.
    void confirm();
    // One short edit of the entry in the store; nothing is written when it says so already.
    void save(std::string_view attribute, std::string_view value);
    // That of its image, which is the truth: a verb that was cut off may not have come to say it.
    void save_size();

    // An event of the qube, which may be gone by now.
    void note(std::string name, std::vector<std::pair<std::string, std::string>> keys);

    // What went wrong without stopping a verb goes to the log.
    void log_warnings();

private:
    [[nodiscard]] const Qube& present_qube();
    [[nodiscard]] const Volume& present_volume() const;
    void check_whose();
    void confirm_in(const Store& store) const;

    Call& call_;
    VolumeOwner owner_;
    Uuid uuid_;
    std::optional<NamedLock> qube_lock_;
    std::optional<NamedLock> volume_lock_;
    std::vector<Attachment> readers_;
    PowerState state_ = PowerState::na;
    std::optional<QubeStorage> storage_;
    Volume volume_;
};

} // namespace qmgmt
