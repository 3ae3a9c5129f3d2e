// SPDX-License-Identifier: GPL-2.0-or-later
//
// The driver "lvm_thin": thin volumes of LVM, one running copy, committed state and revision a
// logical volume each, made from each other without copying. storage.md 2.2.
//
// What there is, is what lvm says (thin_group.hpp), by one `lvs` a call as long as nobody else
// changes the pool. Only whether a volume is started is seen by its device where there is one; a
// device that is missing says nothing, because a volume may be inactive. Sizes and usage come from
// the same `lvs`: it is needed for the origin of a running copy anyway, and the usage of a thin
// volume is only to be had as root.
#pragma once

#include "storage/lvm/thin_group.hpp"
#include "storage/lvm/thin_volume.hpp"
#include "storage/pool.hpp"

#include <functional>

namespace qmgmt {

class ThinPool final : public Pool {
public:
    // Seconds since 1970, for the ids of revisions.
    using Clock = std::function<std::uint64_t()>;
    [[nodiscard]] static std::uint64_t wall_clock();

    // Throws Error{storage} when an option is missing or bad. The pool need not be there yet.
    explicit ThinPool(const PoolConfig& config, Clock clock = wall_clock);

    [[nodiscard]] std::string new_vid(std::string_view directory, std::string_view qube,
                                      std::string_view role) const override;
    [[nodiscard]] int default_revisions_to_keep() const override { return revisions_to_keep_; }

    // Throws Error{bad_value} for a name that lvm keeps for itself or that is too long.
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

    // Makes nothing: the thin pool must be there.
    [[nodiscard]] std::vector<std::string> set_up(bool check) override;
    void take_back(const std::vector<std::string>& made) override;

private:
    [[nodiscard]] lvm::ThinVolume volume_of(const std::string& vid, const std::string& purpose);
    // The source of a snapshot, which must have a committed state that stays.
    [[nodiscard]] lvm::ThinVolume source_of(const Volume& volume, const std::string& purpose);
    // After a commit: it stands, whatever becomes of this.
    void refuse_running_on_committed(const Volume& volume, const lvm::ThinVolume& own) const;
    void prune_or_warn(const lvm::ThinVolume& own, int keep);
    // The logical volume that the domain gets when it is started.
    [[nodiscard]] std::string started_name(const Volume& volume,
                                           const lvm::VolumeName& names) const;

    std::string name_;
    lvm::ThinGroup group_;
    int revisions_to_keep_;
    Clock clock_;
};

} // namespace qmgmt
