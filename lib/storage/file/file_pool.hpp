// SPDX-License-Identifier: GPL-2.0-or-later
//
// Driver `file`: images in a directory as old hosts have them, run through stacks of device mapper
// snapshots. Here they are read, so that a qube can be cloned into another pool, and removed;
// storage.md 2.3.
#pragma once

#include "storage/directory/image_directory.hpp"
#include "storage/pool.hpp"

namespace qmgmt {

class FilePool final : public Pool {
public:
    // Throws Error{storage} when an option is missing or bad.
    explicit FilePool(const PoolConfig& config);

    [[nodiscard]] std::string new_vid(std::string_view directory, std::string_view qube,
                                      std::string_view role) const override;
    [[nodiscard]] int default_revisions_to_keep() const override { return revisions_to_keep_; }

    void remove(const Volume& volume) override;
    // Tidies up after a run of another program: an origin's image is the newest state already, so
    // that its copy of the former one becomes the revision "old".
    void stop(const Volume& volume) override;
    void abort(const Volume&) override {} // nothing is ever started
    // Whether a run has left something.
    [[nodiscard]] bool is_started(const Volume& volume) override;

    [[nodiscard]] VolumeFacts facts(const Volume& volume) override;
    [[nodiscard]] std::string path(const Volume& volume) override;
    [[nodiscard]] std::vector<std::string> revisions(const Volume& volume) override;
    // Throws Error{storage}, too, for a volume that is in use or has not been stopped: its image
    // may be changing.
    [[nodiscard]] Fd open_committed(const Volume& volume) override;

    void check_room() override;
    [[nodiscard]] std::optional<PoolUsage> usage() override;
    [[nodiscard]] std::vector<std::string> list() override;

    // These throw Error{unsupported}, which says how to convert.
    void create(const Volume& volume) override;
    void verify(const Volume& volume) override;
    bool start(const Volume& volume) override;
    [[nodiscard]] std::optional<BlockPath> block_path(const Volume& volume) override;
    [[nodiscard]] std::string snapshot(const Volume& volume) override;
    void revert(const Volume& volume, const std::string& revision) override;
    std::uint64_t resize(const Volume& volume, std::uint64_t size) override;
    [[nodiscard]] std::unique_ptr<Import> begin_import(const Volume& volume,
                                                       std::uint64_t size) override;
    [[nodiscard]] std::vector<std::string> set_up(bool check) override;
    void take_back(const std::vector<std::string>&) override {}

private:
    std::string name_;
    std::string directory_;
    int revisions_to_keep_;
};

} // namespace qmgmt
