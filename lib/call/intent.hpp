// SPDX-License-Identifier: GPL-2.0-or-later
//
// Work with several durable steps writes an intent first: what stands on disk for a qube that is
// being made or removed, so that whoever finds it without an owner can finish. Intents stand in
// /var/lib/qubes-mgmt/intent, one a qube, guarded by the lock of that qube.
#pragma once

#include "storage/volume.hpp"

#include <optional>
#include <string>
#include <vector>

namespace qmgmt {

struct Intent {
    // create: the store gets the qube last; remove: the store loses it first. Either way, what is
    // on disk belongs to the qube as long as the store has it, and to nobody when it has not.
    enum class Verb { create, remove };

    Verb verb = Verb::create;
    std::string qube;
    std::string uuid; // to tell our qube from another of its name
    std::string call;
    std::string directory;          // of the qube, below /var/lib/qubes; empty when it is not ours
    std::vector<std::string> files; // of a creation, below /var/lib/qubes: appvms/work/firewall.xml
    std::vector<Volume> volumes;

    static std::optional<Intent> load(const std::string& qube);
    // The qubes that have one, and those whose was never put in place.
    static std::vector<std::string> pending();

    // Durable when it returns.
    void write() const;
    // With what a writer that was killed left of it. None is success.
    static void drop(const std::string& qube);
};

} // namespace qmgmt
