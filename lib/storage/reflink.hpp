// SPDX-License-Identifier: GPL-2.0-or-later
//
// Driver `file-reflink`: images in a directory that share their blocks where the file system can
// (XFS, btrfs), and are copied without their holes where it cannot. storage.md 2.1.
#pragma once

#include "storage/image_directory.hpp"
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
    [[nodiscard]] std::optional<BlockPath> block_path(const Volume& volume) override;

    [[nodiscard]] std::optional<PoolUsage> usage() override;
    [[nodiscard]] std::vector<std::string> list() override;

private:
    void start_snapshot(const Volume& volume, const ImageDirectory& images,
                        const ImageNames& names);

    std::string directory_;
    int revisions_to_keep_;
};

} // namespace qmgmt
