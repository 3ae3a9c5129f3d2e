// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a restored qube keeps of its own: properties that lead to no other qube, features, tags and
// devices (backup.md 4.3.5).
#pragma once

#include "backup/restore/plan/plan.hpp"
#include "backup/restore/plan/plan_target.hpp"

#include <string_view>

namespace qmgmt {

// Fills in all but devices, notes what is left out.
void plan_settings(PlannedQube& planned, const Store& store, const PlanInput& input);

// Once it is known what references lead to.
void plan_devices(PlannedQube& planned, const PlanInput& input, const RestoreTargets& targets);

void add_note(PlannedQube& planned, std::string note);
void skip_property(PlannedQube& planned, std::string_view name);

} // namespace qmgmt
