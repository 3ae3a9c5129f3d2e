// SPDX-License-Identifier: GPL-2.0-or-later
//
// All qubes of one restore on their way into the store: their names are locked and they are
// announced before anything is made, and they become visible in one edit, or not at all
// (backup.md 4.3.6 as Create does it). What is not committed is taken back.
#pragma once

#include "backup/restore/plan/plan.hpp"
#include "backup/restore/report.hpp"
#include "backup/restore/restored_qube.hpp"
#include "call/call.hpp"
#include "state/named_lock.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

class RestoreTransaction {
public:
    // `input` and what it refers to outlive this.
    RestoreTransaction(Call& call, const PlanInput& input);
    RestoreTransaction(const RestoreTransaction&) = delete;
    RestoreTransaction& operator=(const RestoreTransaction&) = delete;
    // Takes back what was not committed.
    ~RestoreTransaction();

    // Throws what stands in the way: a name, a template, a pool, no room.
    void prepare();

    // The qube whose files are in this directory of the archive, as long as it is to be restored.
    [[nodiscard]] RestoredQube* in(std::string_view directory);
    [[nodiscard]] Pool& pool(const Volume& volume);
    // It is not restored, and neither is what needs it.
    void fail(const RestoredQube& qube, std::string reason);
    [[nodiscard]] const std::vector<std::unique_ptr<RestoredQube>>& qubes() const noexcept
    {
        return qubes_;
    }
    [[nodiscard]] PoolTable& pools() { return *pools_; }

    // Everything that is left enters the store.
    void commit();

    // What has become of each. `failed`: nothing was committed.
    [[nodiscard]] std::vector<RestoreReport::Row> rows() const;

private:
    void lock_names();
    void plan_volumes();
    void check_room();
    void announce();
    void drop_failed();
    void add_to_store();

    Call& call_;
    const PlanInput& input_;
    NewNames names_;
    std::vector<NamedLock> locks_;
    std::vector<PlannedQube> plan_;
    std::unique_ptr<PoolTable> pools_;
    std::vector<std::unique_ptr<RestoredQube>> qubes_;
    std::map<std::string, std::string> failed_; // by name in the backup: the reason
    bool committed_ = false;
};

} // namespace qmgmt
