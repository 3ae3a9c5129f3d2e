// SPDX-License-Identifier: GPL-2.0-or-later
//
// The verbs on volumes and pools that are cut off or refused in the middle, each with the state it
// is asked in and what a repetition is told when it was done already.
#pragma once

#include "base/failure.hpp"
#include "fault/volume_host.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::test {

struct VolumeVictim {
    std::string_view title;
    // The request; of a token, a new one each time.
    std::function<Ask(const VolumeHost&)> ask;
    std::optional<Failure> repeated = {}; // when it was done; else it succeeds again
    bool runs = false;                    // `work` does
    bool shares = false;                  // on a file system that shares blocks
};

[[nodiscard]] const std::vector<VolumeVictim>& volume_victims();

// A host in the state for it; nothing when this machine cannot have it.
[[nodiscard]] std::unique_ptr<VolumeHost> ready_for(const VolumeVictim& victim);

// What follows: the same again, another verb, or what runs when the host has booted.
enum class Next { repeat, start_or_kill, snapshot, boot };
inline constexpr std::size_t next_count = 4;
[[nodiscard]] std::string_view name_of(Next next);

// The host after the victim was disturbed: what came of it, and that life goes on.
void check_survived(const VolumeHost& host, const VolumeVictim& victim, const Disks& before,
                    const Disks& done, Next next);

} // namespace qmgmt::test
