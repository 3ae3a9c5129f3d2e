// SPDX-License-Identifier: GPL-2.0-or-later
//
// A volume group vg0 with a thin pool tp, as tests/support/lvm_model plays it below the scratch
// root, and volumes as a store would have them.
#pragma once

#include "storage/lvm/thin_pool.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace qmgmt::test {

using Strings = std::vector<std::string>;

class LvmModel {
public:
    // Empty but for the thin pool. Extents of 4 MiB.
    LvmModel();

    // A pool "lp" whose clock stands at `now`.
    ThinPool pool{{"lp", "lvm_thin", {{"volume_group", "vg0"}, {"thin_pool", "tp"}}},
                  [this] { return now; }};
    std::uint64_t now = 1700000000;

    // Adds a thin volume of tp, active, with `facts` of the state file in place of what is usual.
    void add(const std::string& name, const std::map<std::string, std::string>& facts = {});
    // Sets a fact of a volume.
    static void set(const std::string& name, const std::string& fact, const std::string& value);
    // The next command that begins so ends in failure, with this text.
    static void refuse(const std::string& start, const std::string& text = "It cannot be.");

    // Names of all thin volumes there are.
    [[nodiscard]] static std::set<std::string> volumes();
    // "origin" or "size" of a volume.
    [[nodiscard]] static std::string fact(const std::string& name, const std::string& fact);
    // The commands since this was last asked: those that change something, and how many read.
    struct Commands {
        Strings changes;
        int reads = 0;
    };
    [[nodiscard]] static Commands commands();
};

Volume thin_private(int keep = 1); // app1's
Volume thin_root_of_t1();
Volume thin_root_of_app1();
Volume thin_volatile();

} // namespace qmgmt::test
