// SPDX-License-Identifier: GPL-2.0-or-later
//
// One qube on its way from a backup into the store. As Create does, it is announced by an intent
// before anything of it is made, its volumes have their final names from the beginning, and the
// store gets it last: whoever finds the intent without an owner takes everything back.
#pragma once

#include "backup/restore/plan/plan.hpp"
#include "call/call.hpp"
#include "call/intent.hpp"
#include "firewall/rule_list.hpp"
#include "qube/new_directory.hpp"
#include "qube/new_qube.hpp"
#include "storage/pool_table.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

class RestoredQube {
public:
    // `planned` is restored. The caller holds the lock of its name.
    RestoredQube(Call& call, PlannedQube planned);

    [[nodiscard]] const PlannedQube& planned() const noexcept { return planned_; }
    [[nodiscard]] const ArchivedQube& archived() const noexcept { return *planned_.from; }
    [[nodiscard]] const NewQube& qube() const noexcept { return qube_; }

    // Its volumes in a store that has its template. `pool`: for those that are its own.
    void plan_volumes(const Store& store, PoolTable& pools, const std::optional<std::string>& pool);
    // Its <domain> for that store.
    [[nodiscard]] std::string element(const Store& store, unsigned qid);
    [[nodiscard]] const std::vector<Volume>& volumes() const noexcept { return qube_.volumes; }

    // Durable when it returns.
    void announce();
    void make_directory();
    // The volume whose image comes next, made by the caller from now on. Throws
    // BackupError{metadata_invalid} for one that the qube does not have of its own.
    [[nodiscard]] const Volume& begin_volume(std::string_view role);
    // Its image is there, of this size.
    void end_volume(std::string_view role, std::uint64_t size);
    void write_firewall(const RuleList& rules);
    void add_feature(Feature feature);
    [[nodiscard]] bool has_firewall() const noexcept { return has_firewall_; }
    void note(std::string text);
    // All files of the backup have come: makes the volumes that it brings nothing for.
    void make_rest(PoolTable& pools);

    // The same qube as a plan made under the store's lock has it. Throws Error{busy} when what it
    // was made from has changed.
    void follow(PlannedQube planned, const Store& store, PoolTable& pools,
                const std::optional<std::string>& pool);

    // Everything that was made, and the intent, unless the store has the qube by now. What does not
    // go stays announced, for whoever comes next.
    void take_back() noexcept;
    // The store has it.
    void settle();

private:
    [[nodiscard]] std::vector<Volume> volumes_in(const Store& store, PoolTable& pools,
                                                 const std::optional<std::string>& pool);
    void adopt(PlannedQube planned);

    Call& call_;
    PlannedQube planned_;
    NewQube qube_;
    NewDirectory directory_;
    Intent intent_;                               // all that will stand on disk
    Intent made_;                                 // what does by now
    std::set<std::string, std::less<>> received_; // roles
    std::vector<Feature> features_;               // from files of the backup
    bool has_firewall_ = false;
    bool announced_ = false;
};

} // namespace qmgmt
