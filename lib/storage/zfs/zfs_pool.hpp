// SPDX-License-Identifier: GPL-2.0-or-later
//
// Driver `zfs`: zvols below one dataset, through the programs of OpenZFS. storage.md 2.5.
#pragma once

#include "state/named_lock.hpp"
#include "storage/pool.hpp"
#include "storage/zfs/volume.hpp"

namespace qmgmt {

// The option `container`. Throws Error{storage} when it is missing or none.
[[nodiscard]] std::string zfs_container(const PoolConfig& config);

class ZfsPool final : public Pool {
public:
    // Throws Error{storage} when an option is missing or bad. Asks ZFS nothing.
    explicit ZfsPool(const PoolConfig& config);
    ZfsPool(const ZfsPool&) = delete;
    ZfsPool& operator=(const ZfsPool&) = delete;
    // What `open_committed` made goes, as far as it has been closed; else the next verb that
    // changes the volume removes it.
    ~ZfsPool() override;

    [[nodiscard]] std::string new_vid(std::string_view directory, std::string_view qube,
                                      std::string_view role) const override;
    [[nodiscard]] int default_revisions_to_keep() const override { return revisions_to_keep_; }

    void create(const Volume& volume) override;
    void remove(const Volume& volume) override;
    void verify(const Volume& volume) override;
    bool start(const Volume& volume) override;
    void stop(const Volume& volume) override;
    void abort(const Volume& volume) override;
    [[nodiscard]] bool is_started(const Volume& volume) override;
    [[nodiscard]] std::optional<BlockPath> block_path(const Volume& volume) override;

    [[nodiscard]] VolumeFacts facts(const Volume& volume) override;
    [[nodiscard]] std::string path(const Volume& volume) override;
    [[nodiscard]] std::vector<std::string> revisions(const Volume& volume) override;

    [[nodiscard]] std::string snapshot(const Volume& volume) override;
    void revert(const Volume& volume, const std::string& revision) override;
    std::uint64_t resize(const Volume& volume, std::uint64_t size) override;

    [[nodiscard]] std::unique_ptr<Import> begin_import(const Volume& volume,
                                                       std::uint64_t size) override;
    [[nodiscard]] Fd open_committed(const Volume& volume) override;
    [[nodiscard]] bool share_committed(const Volume& volume, const Volume& source) override;

    [[nodiscard]] BlockPath export_committed(const Volume& volume, const std::string& key) override;
    [[nodiscard]] BlockPath export_live(const Volume& volume, const std::string& key) override;
    [[nodiscard]] BlockPath exported(const Volume& volume, const std::string& key) override;
    void drop_export(const Volume& volume, const std::string& key) override;
    [[nodiscard]] std::vector<std::string> exports(const Volume& volume) override;
    [[nodiscard]] bool is_used_by_host(const Volume& volume) override;

    void check_room() override;
    [[nodiscard]] std::optional<PoolUsage> usage() override;
    [[nodiscard]] std::vector<std::string> list() override;

    // The container: made, or taken over as it is.
    [[nodiscard]] std::vector<std::string> set_up(bool check) override;
    void take_back(const std::vector<std::string>& made) override;

private:
    [[nodiscard]] ZfsNames names_of(const std::string& vid, const std::string& purpose) const;
    [[nodiscard]] ZfsVolume open(const Volume& volume, const std::string& purpose);
    // The source of a snapshot, checked to have a committed state or to be able to make one.
    [[nodiscard]] ZfsVolume find_source(const Volume& volume, const std::string& purpose);
    // Keeps others from seeing a volume between two committed states.
    [[nodiscard]] NamedLock lock(const std::string& vid, LockMode mode) const;
    void discard(const Volume& volume, ZfsVolume& found);
    void warn_all(std::vector<std::string> warnings);

    std::string name_;
    std::string container_;
    int revisions_to_keep_;
    bool
        keeps_snapshots_; // of snap_on_start volumes, from stop to start, for whoever examines them
    ZfsTree tree_;
    std::vector<std::string> exports_;
};

} // namespace qmgmt
