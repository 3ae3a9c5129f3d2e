// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/zfs/tree.hpp"

#include "base/error.hpp"

#include <algorithm>

namespace qmgmt {

namespace {

zfs::Words with_properties(zfs::Words words, const ZfsProperties& properties)
{
    for (const auto& property : properties) {
        words.emplace_back("-o");
        words.push_back(property);
    }
    return words;
}

} // namespace

ZfsProperties zfs_while_running()
{
    return {"com.sun:auto-snapshot=false", "org.qubes:dirty=on"};
}

ZfsProperties zfs_for_reading()
{
    return {"com.sun:auto-snapshot=false", "readonly=on"};
}

const ZfsListing& ZfsTree::below(const std::string& qube, const std::string& purpose)
{
    const auto known = known_.find(qube);
    if (known != known_.end())
        return known->second;
    const auto output = zfs::run_if_there(listing_words(qube), purpose);
    return known_[qube] = output ? parse_listing(*output, purpose) : ZfsListing{};
}

void ZfsTree::change(const zfs::Words& words, const std::string& purpose)
{
    known_.clear(); // also when it fails: then it is not known how far it came
    zfs::run(words, purpose);
}

void ZfsTree::create(const std::string& volume, std::uint64_t size, const ZfsProperties& properties,
                     const std::string& purpose)
{
    auto words = with_properties({"create", "-p", "-s", "-V", std::to_string(size)}, properties);
    words.push_back(volume);
    change(words, purpose);
}

void ZfsTree::clone(const std::string& from, const std::string& to, const ZfsProperties& properties,
                    const std::string& purpose)
{
    auto words = with_properties({"clone", "-p"}, properties);
    words.push_back(from);
    words.push_back(to);
    change(words, purpose);
}

void ZfsTree::snapshot(const std::string& volume, const std::string& name,
                       const std::string& purpose)
{
    change({"snapshot", volume + "@" + name}, purpose);
}

void ZfsTree::rename_snapshot(const std::string& volume, const std::string& from,
                              const std::string& to, const std::string& purpose)
{
    change({"rename", volume + "@" + from, volume + "@" + to}, purpose);
}

void ZfsTree::rename(const std::string& from, const std::string& to, const std::string& purpose)
{
    change({"rename", "-p", from, to}, purpose);
}

void ZfsTree::set_size(const std::string& volume, std::uint64_t size, const std::string& purpose)
{
    change({"set", "volsize=" + std::to_string(size), volume}, purpose);
}

void ZfsTree::set_dirty(const std::string& volume, bool dirty, const std::string& purpose)
{
    if (dirty)
        change({"set", "org.qubes:dirty=on", volume}, purpose);
    else
        change({"inherit", "org.qubes:dirty", volume}, purpose);
}

void ZfsTree::destroy_snapshots(const std::string& volume, const std::vector<std::string>& names,
                                const std::string& purpose)
{
    if (names.empty())
        return;
    std::string list;
    for (const auto& name : names)
        list += (list.empty() ? "" : ",") + name;
    change({"destroy", "-d", volume + "@" + list}, purpose);
}

void ZfsTree::destroy(const std::string& qube, const std::string& volume, const std::string& heir,
                      const std::string& purpose)
{
    // its clones are other volumes, which may come and go meanwhile
    constexpr int tries = 3;
    for (int left = tries;; --left) {
        try {
            return destroy_once(qube, volume, heir, purpose);
        } catch (const Error& error) {
            if (error.type() != failure::storage || left == 1)
                throw;
        }
    }
}

void ZfsTree::destroy_once(const std::string& qube, const std::string& volume,
                           const std::string& heir, const std::string& purpose)
{
    const auto& listing = below(qube, purpose);
    const auto found = listing.find(volume);
    if (found == listing.end())
        return;
    const auto snapshots = found->second.snapshots;
    const auto needed =
        std::find_if(snapshots.rbegin(), snapshots.rend(),
                     [](const ZfsSnapshot& snapshot) { return !snapshot.clones.empty(); });
    if (needed != snapshots.rend()) {
        // so that nobody sees them as its own afterwards
        std::vector<std::string> names;
        for (const auto& snapshot : snapshots)
            if (!snapshot.condemned)
                names.push_back(snapshot.name);
        destroy_snapshots(volume, names, purpose);
        const auto& clones = needed->clones;
        const bool has_heir = std::ranges::find(clones, heir) != clones.end();
        change({"promote", has_heir ? heir : clones.front()}, purpose);
    }
    change({"destroy", "-r", volume}, purpose);
}

bool ZfsTree::try_destroy(const std::string& volume)
{
    known_.clear();
    return zfs::try_run({"destroy", "-r", volume});
}

bool ZfsTree::try_destroy_empty(const std::string& dataset)
{
    known_.clear();
    return zfs::try_run({"destroy", dataset});
}

} // namespace qmgmt
