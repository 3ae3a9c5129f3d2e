// SPDX-License-Identifier: GPL-2.0-or-later
//
// What becomes of each qube of a backup on this host (backup.md 4.3.3, 4.3.5). A function of the
// store, the backup and what is asked; the same once more under the store's lock says whether
// anything has changed meanwhile.
#pragma once

#include "backup/restore/metadata/metadata.hpp"
#include "backup/restore/plan/names.hpp"
#include "backup/restore/request.hpp"
#include "qube/new_qube.hpp"
#include "store/splice.hpp"
#include "store/store.hpp"

#include <ctime>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

// What only the host knows.
struct RestoreHost {
    std::function<bool(std::string_view version)> has_kernel;
    // A profile of backups; its id may be any text.
    std::function<bool(std::string_view id)> has_profile;
    // The entry as it may be stored here; nothing when there is no such device, or it is not one
    // that could be assigned.
    std::function<std::optional<splice::DeviceEntry>(const splice::DeviceEntry& entry)> device;
};

struct PlannedQube {
    enum class Fate {
        restore,
        skip, // as asked, what stands in the way is no fault
        fail,
    };

    const ArchivedQube* from = nullptr;
    Fate fate = Fate::restore;
    std::string reason; // a token: why it is not restored
    std::string name;   // the new one
    unsigned klass = 0;
    std::string label;
    std::string base; // its template
    Belongings belongings;
    std::vector<splice::DeviceEntry> devices;
    std::vector<std::string> notes;

    [[nodiscard]] bool is_restored() const { return fate == Fate::restore; }
};

// All that a plan follows from besides the store. What they refer to outlives the plan.
struct PlanInput {
    const BackupMetadata& metadata;
    const RestoreRequest& request;
    const RestorePolicy& permitted;
    const RestoreHost& host;
    std::string backup_id;
    std::time_t backup_time = 0; // 0: not known
};

// In the order in which they are made: what is a template of others before these. `failed`: names
// in the backup of qubes whose files were not whole; what needs those fails, too. Throws
// BackupError{missing_template, missing_netvm} where that is asked for.
[[nodiscard]] std::vector<PlannedQube> plan_restore(const Store& store, const PlanInput& input,
                                                    const NewNames& names,
                                                    const std::set<std::string>& failed = {});

// When a backup of this id was made; 0 when the id does not begin with a time.
[[nodiscard]] std::time_t time_of_backup(std::string_view id);

} // namespace qmgmt
