// SPDX-License-Identifier: GPL-2.0-or-later
//
// Driver `file-reflink`: images in a directory that share their blocks where the file system can
// (XFS, btrfs), and are copied without their holes where it cannot. storage.md 2.1.
#pragma once

#include "storage/directory/image_directory.hpp"
#include "storage/pool.hpp"

namespace qmgmt {

class ReflinkPool final : public Pool {
public:
    // Throws Error{storage} when an option is missing or bad. The directory need not be there yet.
    explicit ReflinkPool(const PoolConfig& config);

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
    [[nodiscard]] bool has_leftovers(const Volume& volume) override;
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

    [[nodiscard]] BlockPath export_committed(const Volume& volume, const std::string& key) override;
    [[nodiscard]] BlockPath export_live(const Volume& volume, const std::string& key) override;
    [[nodiscard]] BlockPath exported(const Volume& volume, const std::string& key) override;
    void drop_export(const Volume& volume, const std::string& key) override;
    [[nodiscard]] std::vector<std::string> exports(const Volume& volume) override;
    [[nodiscard]] bool is_used_by_host(const Volume& volume) override;

    void check_room() override;
    [[nodiscard]] std::optional<PoolUsage> usage() override;
    [[nodiscard]] std::vector<std::string> list() override;

    [[nodiscard]] std::vector<std::string> set_up(bool check) override;
    void take_back(const std::vector<std::string>& made) override;

private:
    // The directory of its images, which must be there.
    [[nodiscard]] ImageDirectory images_of(const Volume& volume, const std::string& purpose) const;
    // The path of one of its images.
    [[nodiscard]] std::string path_of(const ImageVid& vid, const std::string& name) const;
    void start_snapshot(const Volume& volume, const ImageDirectory& images,
                        const ImageNames& names);

    std::string name_;
    std::string directory_;
    int revisions_to_keep_;
};

} // namespace qmgmt
