// SPDX-License-Identifier: GPL-2.0-or-later
//
// What we know of a qube since it was last started: /run/qubes-mgmt/run/<uuid>, `key=value` lines.
// It outlives the call that wrote it, not the boot; whoever finds it with the qube stopped cleans
// up (hypervisor.md c.1).
#pragma once

#include "names/uuid.hpp"

#include <optional>
#include <string>
#include <vector>

namespace qmgmt {

struct RunRecord {
    // prepared: storage may be started; created: the domain exists, paused by us; running: Start
    // has done its part.
    enum class Phase { prepared, created, running };

    std::string name;
    std::string boot_id;
    int id = -1; // of the domain
    Phase phase = Phase::prepared;
    std::string netvm;
    int starter = 0;                  // pid of the Start
    std::vector<std::string> volumes; // roles that were started
    std::vector<std::string> devices; // attached since: "block:sys-usb:sda"

    static std::optional<RunRecord> load(const Uuid& uuid);
    void save(const Uuid& uuid) const;
    static void remove(const Uuid& uuid);
    // Whether a Start of this boot has begun and not yet done its part; it may be dead.
    [[nodiscard]] static bool is_starting(const Uuid& uuid);
    // Whose record there is, sorted.
    [[nodiscard]] static std::vector<Uuid> all();

    // Asks a Start of the qube that is under way to give up before its domain runs: what Kill does
    // when there is nothing to destroy yet. Whoever starts forgets what was asked before.
    static void ask_to_stop(const Uuid& uuid);
    [[nodiscard]] static bool asked_to_stop(const Uuid& uuid);
    static void forget_stop(const Uuid& uuid);

    // The boot this machine is in.
    static std::string present_boot();
};

} // namespace qmgmt
