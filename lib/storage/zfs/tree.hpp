// SPDX-License-Identifier: GPL-2.0-or-later
//
// The datasets of a pool: what is there, listed once a qube until something changes, and the single
// steps that change it. `purpose` begins the text of every error.
#pragma once

#include "storage/zfs/listing.hpp"

#include <map>
#include <string>
#include <vector>

namespace qmgmt {

// Properties, "name=value".
using ZfsProperties = std::vector<std::string>;

// Of what is thrown away at the next start anyway: in use, and no tool need keep snapshots of it.
[[nodiscard]] ZfsProperties zfs_while_running();
// Of what a reader has open.
[[nodiscard]] ZfsProperties zfs_for_reading();

class ZfsTree {
public:
    // All below the dataset of a qube; nothing there is an empty listing.
    const ZfsListing& below(const std::string& qube, const std::string& purpose);

    // A volume without content; the datasets above it are made.
    void create(const std::string& volume, std::uint64_t size, const ZfsProperties& properties,
                const std::string& purpose);
    // `from` is a snapshot.
    void clone(const std::string& from, const std::string& to, const ZfsProperties& properties,
               const std::string& purpose);
    void snapshot(const std::string& volume, const std::string& name, const std::string& purpose);
    void rename_snapshot(const std::string& volume, const std::string& from, const std::string& to,
                         const std::string& purpose);
    void rename(const std::string& from, const std::string& to, const std::string& purpose);
    void set_size(const std::string& volume, std::uint64_t size, const std::string& purpose);
    void set_dirty(const std::string& volume, bool dirty, const std::string& purpose);
    // Those that clones need stay until the last of these goes, condemned.
    void destroy_snapshots(const std::string& volume, const std::vector<std::string>& names,
                           const std::string& purpose);
    // The dataset, with its snapshots. A clone that needs one of them takes over what both share,
    // condemned; `heir` if that is one.
    void destroy(const std::string& qube, const std::string& volume, const std::string& heir,
                 const std::string& purpose);
    // One try each: datasets that nobody may need any more, one that is empty.
    bool try_destroy(const std::string& volume);
    bool try_destroy_empty(const std::string& dataset);

private:
    void destroy_once(const std::string& qube, const std::string& volume, const std::string& heir,
                      const std::string& purpose);
    void change(const zfs::Words& words, const std::string& purpose);

    std::map<std::string, ZfsListing> known_;
};

} // namespace qmgmt
