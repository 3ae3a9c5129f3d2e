// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/zfs/volume.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <chrono>

namespace qmgmt {

namespace {

const ZfsSnapshot* newest_mark(const ZfsDataset& dataset)
{
    const ZfsSnapshot* newest = nullptr;
    for (const auto& snapshot : dataset.snapshots)
        if (is_clean_mark(snapshot.name) && !snapshot.condemned)
            newest = &snapshot;
    return newest;
}

// Whether nothing was written since the snapshot, which is one of these.
bool is_up_to_date(const ZfsDataset& dataset, const ZfsSnapshot& mark)
{
    return dataset.written == 0 &&
           std::ranges::all_of(dataset.snapshots, [&](const ZfsSnapshot& snapshot) {
               return snapshot.created <= mark.created || snapshot.written == 0;
           });
}

} // namespace

void ZfsVolume::refuse(const std::string& reason) const
{
    throw Error{failure::storage, purpose_ + ": " + reason};
}

const ZfsDataset* ZfsVolume::head() const
{
    const auto found = listing().find(names_.volume());
    return found != listing().end() && found->second.is_volume ? &found->second : nullptr;
}

const ZfsDataset& ZfsVolume::require_head() const
{
    if (const auto* found = head())
        return *found;
    refuse("it has no image");
}

std::vector<ZfsRevision> ZfsVolume::revisions() const
{
    std::vector<ZfsRevision> found;
    for (const auto& [name, dataset] : listing())
        if (name == names_.volume() || names_.is_former(name))
            for (const auto& snapshot : dataset.snapshots)
                if (const auto moment = revision_moment(snapshot.name);
                    moment && !snapshot.condemned)
                    found.push_back({*moment, name, snapshot.name});
    std::ranges::stable_sort(found, {}, &ZfsRevision::moment);
    return found;
}

const ZfsSnapshot* ZfsVolume::mark() const
{
    const auto* found = head();
    return found != nullptr ? newest_mark(*found) : nullptr;
}

std::string ZfsVolume::committed()
{
    const auto& found = require_head();
    const auto* present = newest_mark(found);
    if (present == nullptr && found.dirty)
        refuse("it runs with snapshots disabled");
    const auto start = names_.volume() + "@";
    if (present != nullptr && (found.dirty || is_up_to_date(found, *present)))
        return start + present->name;
    const auto fresh = new_clean_mark();
    tree_.snapshot(names_.volume(), fresh, purpose_);
    return start + fresh;
}

std::uint64_t ZfsVolume::next_moment() const
{
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    auto moment = static_cast<std::uint64_t>(now.count());
    for (const auto& [name, dataset] : listing())
        for (const auto& snapshot : dataset.snapshots)
            moment = std::max(moment, revision_moment(snapshot.name).value_or(0) + 1);
    return moment;
}

// A dataset that is to become the head is marked when it has all its content.
bool ZfsVolume::is_complete(const std::string& dataset) const
{
    const auto found = listing().find(dataset);
    return found != listing().end() && newest_mark(found->second) != nullptr;
}

std::string ZfsVolume::next_head() const
{
    for (const auto& name : {names_.temporary(), names_.imported()})
        if (is_complete(name))
            return name;
    std::string newest;
    for (const auto& [name, dataset] : listing())
        if (names_.is_former(name) && dataset.is_volume)
            newest = name; // they are named after the time
    return newest;
}

bool ZfsVolume::has_image() const
{
    return head() != nullptr || !next_head().empty();
}

void ZfsVolume::repair()
{
    if (head() == nullptr)
        if (const auto next = next_head(); !next.empty())
            tree_.rename(next, names_.volume(), purpose_);
    for (const auto& name : {names_.temporary(), names_.imported()})
        destroy(name);
    const auto before = listing();
    for (const auto& [name, dataset] : before)
        if (names_.is_export(name))
            tree_.try_destroy(name);
}

void ZfsVolume::begin(int keep)
{
    if (keep >= 0) {
        static_cast<void>(committed());
    } else {
        std::vector<std::string> surplus;
        for (const auto& snapshot : require_head().snapshots)
            if (is_clean_mark(snapshot.name) && !snapshot.condemned)
                surplus.push_back(snapshot.name);
        tree_.destroy_snapshots(names_.volume(), surplus, purpose_);
    }
    tree_.set_dirty(names_.volume(), true, purpose_);
}

std::vector<std::string> ZfsVolume::commit(int keep)
{
    if (keep < 0) {
        tree_.set_dirty(names_.volume(), false, purpose_);
        return {};
    }
    std::vector<std::string> warnings;
    const auto former = mark() != nullptr ? mark()->name : std::string{};
    const auto fresh = new_clean_mark();
    try {
        tree_.snapshot(names_.volume(), fresh, purpose_);
        const auto& snapshots = require_head().snapshots;
        const auto made = std::ranges::find(snapshots, fresh, &ZfsSnapshot::name);
        // the former one stays, so that what was cloned from it is not outdated
        if (made != snapshots.begin() && made != snapshots.end() && made->written == 0 &&
            std::prev(made)->name == former)
            tree_.destroy_snapshots(names_.volume(), {fresh}, purpose_);
    } catch (const Error& error) {
        if (error.type() != failure::no_space)
            throw;
        // without space the head is committed all the same: a mark is made when one is needed
        warnings.push_back(purpose_ + ": its new state could not be marked: no space left");
    }
    tree_.set_dirty(names_.volume(), false, purpose_);
    try {
        retire_marks(keep);
    } catch (const Error& error) {
        warnings.push_back(error.text());
    }
    std::ranges::move(prune(keep), std::back_inserter(warnings));
    return warnings;
}

// All marks but the newest become revisions, or go where none are kept, or where the next one has
// the same content.
void ZfsVolume::retire_marks(int keep)
{
    const auto snapshots = require_head().snapshots;
    const auto* const newest = mark();
    const auto current = newest != nullptr ? newest->name : std::string{};
    std::vector<std::string> surplus;
    for (auto each = snapshots.begin(); each != snapshots.end(); ++each) {
        if (!is_clean_mark(each->name) || each->condemned || each->name == current)
            continue;
        const auto next = std::next(each);
        const bool twice =
            next != snapshots.end() && is_clean_mark(next->name) && next->written == 0;
        if (keep > 0 && !twice)
            tree_.rename_snapshot(names_.volume(), each->name,
                                  revision_name("before-start", next_moment()), purpose_);
        else
            surplus.push_back(each->name);
    }
    tree_.destroy_snapshots(names_.volume(), surplus, purpose_);
}

std::uint64_t ZfsVolume::grow(std::uint64_t size)
{
    if (require_head().dirty)
        return set_size(names_.volume(), size);
    const auto former = mark() != nullptr ? committed().substr(names_.volume().size() + 1) : "";
    const auto grown = set_size(names_.volume(), size);
    tree_.snapshot(names_.volume(), new_clean_mark(), purpose_);
    if (!former.empty())
        tree_.destroy_snapshots(names_.volume(), {former}, purpose_);
    return grown;
}

std::string ZfsVolume::keep_revision(std::string_view cause)
{
    auto name = revision_name(cause, next_moment());
    tree_.snapshot(names_.volume(), name, purpose_);
    return name;
}

std::string ZfsVolume::snapshot_live(const std::string& key)
{
    drop_live(key); // an interrupted export left it
    tree_.snapshot(names_.volume(), live_snapshot_name(key), purpose_);
    return names_.volume() + "@" + live_snapshot_name(key);
}

void ZfsVolume::drop_live(const std::string& key)
{
    const auto* const found = head();
    const auto name = live_snapshot_name(key);
    if (found == nullptr)
        return;
    const auto& all = found->snapshots;
    const auto live = std::ranges::find(all, name, &ZfsSnapshot::name);
    if (live != all.end() && !live->condemned)
        tree_.destroy_snapshots(names_.volume(), {name}, purpose_);
}

void ZfsVolume::exchange(const std::string& next, std::string_view cause, int keep)
{
    if (const auto* const found = head()) {
        const auto moment = next_moment();
        const auto* const present = newest_mark(*found);
        if (keep > 0 && present != nullptr && is_up_to_date(*found, *present))
            tree_.rename_snapshot(names_.volume(), present->name, revision_name(cause, moment),
                                  purpose_);
        else if (keep > 0)
            tree_.snapshot(names_.volume(), revision_name(cause, moment), purpose_);
        tree_.rename(names_.volume(), names_.former(moment), purpose_);
    }
    tree_.rename(next, names_.volume(), purpose_);
}

std::vector<std::string> ZfsVolume::prune(int keep)
{
    std::vector<std::string> warnings;
    const auto all = revisions();
    const auto kept = std::min(all.size(), static_cast<std::size_t>(std::max(keep, 0)));
    std::map<std::string, std::vector<std::string>> surplus;
    for (std::size_t i = 0; i + kept < all.size(); ++i)
        surplus[all[i].dataset].push_back(all[i].name);
    const auto attempt = [&](const auto& step) {
        try {
            step();
        } catch (const Error& error) {
            warnings.push_back(error.text());
        }
    };
    for (const auto& of_one : surplus)
        attempt([&] { tree_.destroy_snapshots(of_one.first, of_one.second, purpose_); });
    const auto left = revisions();
    const auto datasets = listing();
    for (const auto& each : datasets)
        if (names_.is_former(each.first) &&
            std::ranges::find(left, each.first, &ZfsRevision::dataset) == left.end())
            attempt([&] { destroy(each.first); });
    return warnings;
}

void ZfsVolume::destroy(const std::string& dataset)
{
    tree_.destroy(names_.qube(), dataset, names_.volume(), purpose_);
}

std::uint64_t ZfsVolume::set_size(const std::string& dataset, std::uint64_t size)
{
    const auto found = listing().find(dataset);
    if (found == listing().end())
        refuse("it has no image");
    const auto block = std::max<std::uint64_t>(found->second.block, 512);
    const auto rounded = (size + block - 1) / block * block;
    if (rounded != found->second.size)
        tree_.set_size(dataset, rounded, purpose_);
    return rounded;
}

void ZfsVolume::remove()
{
    const auto datasets = listing();
    for (const auto& [name, dataset] : datasets)
        if (names_.is_export(name) || names_.attached_key(name))
            destroy(name);
    destroy(names_.imported());
    destroy(names_.temporary());
    for (const auto& [name, dataset] : datasets)
        if (names_.is_former(name))
            destroy(name);
    destroy(names_.volume());
    remove_helpers();
}

// The file systems that were made to hold what belongs to volumes, and the one of the qube: when it
// has no volume any more. The deepest first.
void ZfsVolume::remove_helpers()
{
    auto left = listing();
    if (std::ranges::any_of(left, [](const auto& each) { return each.second.is_volume; }))
        return;
    const ZfsListing all = left;
    for (auto each = all.rbegin(); each != all.rend(); ++each) {
        const auto& [name, dataset] = *each;
        const auto inside = left.lower_bound(name + "/");
        const bool holds = inside != left.end() && inside->first.starts_with(name + "/");
        if (!holds && dataset.snapshots.empty() && tree_.try_destroy_empty(name))
            left.erase(name);
    }
}

} // namespace qmgmt
