// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/volume_receiver.hpp"

#include "backup/fault.hpp"
#include "backup/restore/told_as_backup.hpp"

#include <algorithm>
#include <cstring>

namespace qmgmt {
namespace {

constexpr std::size_t page = 4096;
constexpr std::uint64_t sector = 512; // loop devices silently cut off what is less
constexpr std::uint64_t unit_of_sizes = std::uint64_t{4} << 20;
constexpr std::uint64_t largest_of_all = std::uint64_t{16} << 40;

std::uint64_t round_up(std::uint64_t size, std::uint64_t unit)
{
    return (size + unit - 1) / unit * unit;
}

} // namespace

std::uint64_t largest_image_of(std::uint64_t size_in_metadata) noexcept
{
    if (size_in_metadata == 0 || size_in_metadata > largest_of_all)
        return largest_of_all;
    return round_up(size_in_metadata, unit_of_sizes);
}

VolumeReceiver::VolumeReceiver(Pool& pool, Volume volume, std::uint64_t largest, NamedLock lock,
                               std::function<void(std::uint64_t)> progress)
    : pool_{pool}, volume_{std::move(volume)}, largest_{largest}, lock_{std::move(lock)},
      progress_{std::move(progress)}
{
}

VolumeReceiver::~VolumeReceiver() = default;

void VolumeReceiver::begin(const ArchivedFile& file)
{
    if (file.size > largest_)
        throw BackupError{BackupFault::size_limit,
                          "the image '" + file.name + "' is larger than its volume may be"};
    told_as_backup([&] {
        volume_.size = std::max(sector, round_up(file.size, sector));
        pool_.remove(volume_); // what an earlier volume of this vid left
        pool_.check_room();
        import_ = pool_.begin_import(volume_, volume_.size);
        target_.emplace(*import_, pool_,
                        "cannot restore '" + volume_.pool + ":" + volume_.vid + "'");
    });
}

// What nobody wrote into a piece is zero. It ends where a direct write may.
void VolumeReceiver::next_piece(std::uint64_t at)
{
    fill_up(page);
    write_piece();
    piece_ = at / target_->piece_size() * target_->piece_size();
}

void VolumeReceiver::fill_up(std::size_t unit)
{
    const std::size_t whole = round_up(filled_, unit);
    std::memset(target_->buffer() + filled_, 0, whole - filled_);
    filled_ = whole;
}

void VolumeReceiver::write_piece()
{
    if (filled_ != 0)
        target_->write({target_->buffer(), filled_}, piece_);
    filled_ = 0;
}

void VolumeReceiver::content(std::uint64_t offset, std::string_view bytes)
{
    if (offset + bytes.size() > volume_.size || offset < piece_ + filled_)
        throw BackupError{BackupFault::internal, "an image goes back or beyond its end"};
    told_as_backup([&] {
        const std::size_t piece_size = target_->piece_size();
        while (!bytes.empty()) {
            if (offset >= piece_ + piece_size)
                next_piece(offset);
            const std::size_t at = offset - piece_;
            const std::size_t count = std::min(bytes.size(), piece_size - at);
            char* const buffer = target_->buffer();
            std::memset(buffer + filled_, 0, at - filled_);
            std::memcpy(buffer + at, bytes.data(), count);
            filled_ = at + count;
            offset += count;
            bytes.remove_prefix(count);
        }
        if (progress_)
            progress_(offset);
    });
}

void VolumeReceiver::end()
{
    told_as_backup([&] {
        fill_up(sector);
        write_piece();
        target_->finish(volume_.size);
        target_.reset();
        import_->commit();
        import_.reset();
    });
}

} // namespace qmgmt
