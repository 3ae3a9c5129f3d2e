// SPDX-License-Identifier: GPL-2.0-or-later
//
// What qubes have attached: volumes besides their own, as long as they run. A record each in
// /run/qubes-mgmt/attached, which is gone with the boot, as the domains are. It is written before
// the volume is made ready and goes after it is free again; its writer holds the lock of the volume
// from the one to the other end, so what a call that died left can be told from what is going on
// (firewall-devices.md 3, storage.md 3.11).
//
// The mark of volume_state.hpp stands besides for a volume that is started, with the name of the
// qube that it is started for. A volume whose committed state is read is not started, has any
// number of readers, and its own qube may run: the mark has no room for that.
#pragma once

#include "names/uuid.hpp"
#include "storage/volume.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

struct Attachment {
    std::string qube; // that has it
    Uuid uuid;        // of that qube
    std::string role; // its entry in the volume-config of that qube; empty: it has none
    std::string pool;
    std::string vid;
    int revisions_to_keep = 0; // of the volume, for its commit
    bool rw = false;  // started, and this qube's alone; else a path of its committed state is read
    std::string path; // what its hypervisor is given; empty: it was not yet
    bool block_device = false; // no image
    std::string target;        // what the qube sees it as: "xvdi"; empty: not known yet

    // The volume as a driver takes it.
    [[nodiscard]] Volume volume() const;
    // Pool::export_committed
    [[nodiscard]] std::string key() const;

    // Who has a volume; what a qube has; everything.
    [[nodiscard]] static std::vector<Attachment> of_volume(std::string_view pool,
                                                           std::string_view vid);
    [[nodiscard]] static std::vector<Attachment> of_qube(const Uuid& uuid);
    [[nodiscard]] static std::vector<Attachment> all();

    // Another of the same qube and volume is replaced.
    void save() const;
    // None is success.
    void forget() const;
    // Removes what a writer that was killed left of records of the volume. The caller holds its
    // lock.
    static void clear_up(std::string_view pool, std::string_view vid);
};

} // namespace qmgmt
