// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/transaction.hpp"

#include "backup/fault.hpp"
#include "backup/restore/told_as_backup.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "call/edit.hpp"
#include "call/pool.hpp"
#include "call/reconcile.hpp"
#include "life/property/live.hpp"
#include "qube/creator_tag.hpp"
#include "qube/numbers.hpp"
#include "store/splice.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace qmgmt {
namespace {

constexpr int most_attempts = 5;
constexpr std::size_t files_besides = 96; // that the call has open beside its locks

// Each name is a lock, and each lock an open file.
void check_count(std::size_t names)
{
    struct rlimit files {};
    const std::size_t most = ::getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur : 0;
    if (names + files_besides > most)
        throw BackupError{BackupFault::size_limit,
                          "so many qubes cannot be restored at once: at most " +
                              std::to_string(most - std::min(most, files_besides))};
}

std::set<std::string> keys_of(const std::map<std::string, std::string>& map)
{
    std::set<std::string> keys;
    for (const auto& [key, value] : map)
        keys.insert(key);
    return keys;
}

const PlannedQube& planned_of(const std::vector<PlannedQube>& plan, const std::string& old_name)
{
    return *std::ranges::find_if(
        plan, [&](const PlannedQube& planned) { return planned.from->name == old_name; });
}

void warn_of_heirlooms(std::string_view name, std::string_view holders)
{
    std::string text = "the new qube '";
    text.append(name).append("' gets what the tag 'created-by-").append(name);
    text.append("' grants on").append(holders).append(", ignoring");
    log_warning(text);
}

} // namespace

RestoreTransaction::RestoreTransaction(Call& call, const PlanInput& input)
    : call_{call}, input_{input}
{
}

RestoreTransaction::~RestoreTransaction()
{
    if (committed_)
        return;
    for (const auto& qube : qubes_)
        qube->take_back();
}

void RestoreTransaction::prepare()
{
    lock_names();
    plan_ = plan_restore(call_.store(), input_, names_);
    pools_ = std::make_unique<PoolTable>(call_.store());
    if (const auto& pool = input_.request.pool) {
        const StoredPool* stored = call_.store().pool(*pool);
        if (stored == nullptr)
            refuse_unknown_pool(call_);
        if (stored->driver == "linux-kernel")
            throw BackupError{BackupFault::bad_request, "that pool is one of kernels"};
    }
    for (const PlannedQube& planned : plan_)
        if (planned.is_restored())
            qubes_.push_back(std::make_unique<RestoredQube>(call_, planned));
    plan_volumes();
    check_room();
    announce();
    for (const auto& qube : qubes_)
        qube->make_directory();
}

// In the order of their bytes, as everybody who waits for more than one does. What was free before
// the wait may be taken after it.
void RestoreTransaction::lock_names()
{
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        names_ = new_names(call_.store(), input_.metadata, input_.request);
        std::set<std::string> wanted;
        for (const auto& [old_name, new_name] : names_)
            if (new_name)
                wanted.insert(*new_name);
        check_count(wanted.size());
        for (const std::string& name : wanted)
            locks_.push_back(NamedLock::wait(qube_lock(name), LockMode::exclusive,
                                             call_.lock_deadline(), call_.request().program));
        for (const std::string& name : wanted)
            reconcile_own_intent(call_, name);
        call_.refresh();
        if (new_names(call_.store(), input_.metadata, input_.request) == names_)
            return;
        locks_.clear();
    }
    throw Error{failure::busy, "cannot restore: others make qubes of these names"};
}

// What is a template of another one stands in the copy before it.
void RestoreTransaction::plan_volumes()
{
    Store copy = call_.store().copy();
    for (const auto& qube : qubes_) {
        qube->plan_volumes(copy, *pools_, input_.request.pool);
        splice::add_domain(copy, qube->qube().name, qube->element(copy, free_qid(copy)));
        copy.reindex();
    }
}

// As far as the backup says how much it brings; a pool that is shared out thinly may still run
// full.
void RestoreTransaction::check_room()
{
    std::map<std::string, std::uint64_t> needed;
    for (const auto& qube : qubes_) {
        const auto& volumes = qube->volumes();
        const auto own = std::ranges::find(volumes, VolumeKind::origin, &Volume::kind);
        if (own != volumes.end())
            needed[own->pool] += qube->archived().size / 100 * 98; // the rest is the archive's own
    }
    for (const auto& entry : needed) {
        const std::string& name = entry.first;
        told_as_backup([&] { pools_->pool(name).check_room(); });
        const auto usage = pools_->pool(name).usage();
        if (usage && entry.second > usage->size - std::min(usage->size, usage->usage))
            throw BackupError{BackupFault::no_space, "the pool '" + name + "' has too little room"};
    }
}

// While nobody changes the store: who removes a pool sees what is to be made in it, or has removed
// it before.
void RestoreTransaction::announce()
{
    const Edit edit = call_.edit_again();
    for (const auto& qube : qubes_)
        for (const Volume& volume : qube->volumes())
            if (edit.store().pool(volume.pool) == nullptr)
                throw Error{failure::busy, "cannot restore: a pool is gone"};
    for (const auto& qube : qubes_)
        qube->announce();
}

RestoredQube* RestoreTransaction::in(std::string_view directory)
{
    const auto found = std::ranges::find_if(
        qubes_, [&](const auto& qube) { return qube->archived().directory == directory; });
    return found == qubes_.end() || failed_.contains((*found)->archived().name) ? nullptr
                                                                                : found->get();
}

Pool& RestoreTransaction::pool(const Volume& volume)
{
    return pools_->pool(volume.pool);
}

void RestoreTransaction::fail(const RestoredQube& qube, std::string reason)
{
    failed_.emplace(qube.archived().name, std::move(reason));
}

// With what needs them; what was made of them goes before the others come.
void RestoreTransaction::drop_failed()
{
    if (failed_.empty())
        return;
    for (const PlannedQube& planned : plan_restore(call_.store(), input_, names_, keys_of(failed_)))
        if (planned.fate == PlannedQube::Fate::fail)
            failed_.emplace(planned.from->name, planned.reason);
    for (const auto& qube : qubes_)
        if (failed_.contains(qube->archived().name))
            qube->take_back();
}

void RestoreTransaction::commit()
{
    drop_failed();
    if (failed_.size() < qubes_.size())
        add_to_store();
    committed_ = true;
    for (const auto& qube : qubes_)
        if (!failed_.contains(qube->archived().name))
            qube->settle();
}

void RestoreTransaction::add_to_store()
{
    Edit edit = call_.edit_again();
    const Store& store = edit.store();
    plan_ = plan_restore(store, input_, names_, keys_of(failed_));
    edit.keep_backup();
    for (const auto& qube : qubes_) {
        if (failed_.contains(qube->archived().name))
            continue;
        const std::string name = qube->qube().name;
        if (store.index().find(name))
            throw BackupError{BackupFault::name_conflict, "there is a qube '" + name + "' by now"};
        qube->follow(planned_of(plan_, qube->archived().name), store, *pools_, input_.request.pool);
        const std::string made = made_by(store, name);
        edit.add_qube(name, qube->element(store, free_qid(store)));
        for (const splice::DeviceEntry& device : qube->planned().devices)
            edit.assign_device(name, device);
        edit.note(name, "domain-create-on-disk");
        if (!made.empty())
            warn_of_heirlooms(name, made);
    }
    static_cast<void>(edit.commit());
}

std::vector<RestoreReport::Row> RestoreTransaction::rows() const
{
    std::vector<RestoreReport::Row> rows;
    for (const PlannedQube& planned : plan_) {
        RestoreReport::Row& row = rows.emplace_back();
        row.name = planned.from->name;
        row.as = planned.name;
        const auto qube = std::ranges::find_if(
            qubes_, [&](const auto& one) { return one->archived().name == row.name; });
        row.notes = qube == qubes_.end() ? planned.notes : (*qube)->planned().notes;
        if (const auto failed = failed_.find(row.name); failed != failed_.end()) {
            row.result = "failed";
            row.reason = failed->second;
        } else if (planned.fate == PlannedQube::Fate::skip) {
            row.result = "skipped";
            row.reason = planned.reason;
        } else {
            row.result = committed_ ? "restored" : "failed";
        }
    }
    return rows;
}

} // namespace qmgmt
