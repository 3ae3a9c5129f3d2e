// SPDX-License-Identifier: GPL-2.0-or-later
//
// An image of an archive on its way into a volume of its own: written as it comes, holes left out,
// committed when all of it is there (backup.md 4.3.5). Nobody sees the volume before its qube is in
// the store.
#pragma once

#include "backup/archive/archive_reader.hpp"
#include "state/named_lock.hpp"
#include "storage/pool.hpp"
#include "storage/stream/target.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace qmgmt {

// How large the image of a volume may be: as the backup says of the volume, as far as it says.
[[nodiscard]] std::uint64_t largest_image_of(std::uint64_t size_in_metadata) noexcept;

class VolumeReceiver : public FileReceiver {
public:
    // `lock`: of the volume. `progress` is told how many bytes of the image have come. The pool
    // outlives this.
    VolumeReceiver(Pool& pool, Volume volume, std::uint64_t largest, NamedLock lock,
                   std::function<void(std::uint64_t done)> progress = {});
    ~VolumeReceiver() override;

    // Throws BackupError{size_limit, no_space}, Error of the pool.
    void begin(const ArchivedFile& file) override;
    void content(std::uint64_t offset, std::string_view bytes) override;
    void end() override;

    // Once it has ended: the size of the volume, the image's rounded up to whole sectors.
    [[nodiscard]] std::uint64_t size() const noexcept { return volume_.size; }

private:
    void next_piece(std::uint64_t at);
    void fill_up(std::size_t unit);
    void write_piece();

    Pool& pool_;
    Volume volume_;
    std::uint64_t largest_;
    NamedLock lock_;
    std::function<void(std::uint64_t done)> progress_;
    std::unique_ptr<Import> import_;
    std::optional<StreamTarget> target_;
    std::uint64_t piece_ = 0; // where the one that is being filled begins
    std::size_t filled_ = 0;  // bytes of it that are known, holes in between zeroed
};

} // namespace qmgmt
