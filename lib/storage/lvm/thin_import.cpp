// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/lvm/thin_import.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "storage/lvm/device.hpp"

#include <algorithm>
#include <bit>
#include <unistd.h>

namespace qmgmt::lvm {

ThinImport::ThinImport(ThinVolume volume, std::uint64_t size, int keep, Clock clock, Warn warn)
    : volume_{std::move(volume)}, size_{size}, keep_{keep}, clock_{std::move(clock)}, warn_{
                                                                                          std::move(
                                                                                              warn)}
{
    ThinGroup& group = volume_.group();
    volume_.remove_import();
    group.ensure_room(volume_.purpose());
    if (const LogicalVolume* pool = group.thin_pool(); !pool->zeroes())
        unclean_chunk_ = pool->chunk_size;
    const auto name = volume_.names().imported();
    group.create(volume_.purpose(), name, size);
    try {
        device_ =
            open_volume(volume_.purpose(), device_path(group.group(), name), DeviceAccess::write);
    } catch (const Error&) {
        remove();
        throw;
    }
}

ThinImport::~ThinImport()
{
    if (!committed_)
        remove();
}

void ThinImport::remove() noexcept
{
    device_.reset(); // one that is open cannot be removed
    try {
        volume_.group().look(volume_.purpose());
        volume_.remove_import();
    } catch (const Error& error) {
        log_warning(error.text() + " (" + error.detail() + "), ignoring");
    }
}

std::uint64_t ThinImport::granule() const noexcept
{
    constexpr std::uint64_t page = 4096;
    constexpr std::uint64_t never = std::uint64_t{1} << 62;
    if (unclean_chunk_ == 0)
        return page;
    return std::has_single_bit(unclean_chunk_) ? std::max(unclean_chunk_, page) : never;
}

void ThinImport::resize(std::uint64_t size)
{
    ThinGroup& group = volume_.group();
    const auto name = volume_.names().imported();
    const std::uint64_t now = device_size(volume_.purpose(), device_.get());
    const std::uint64_t wanted = group.rounded(size);
    if (wanted > now)
        group.extend(volume_.purpose(), name, size);
    else if (wanted < now)
        group.reduce(volume_.purpose(), name, size);
    size_ = size;
}

// What lies between the end of the content and the end of the volume is of nobody else's.
void ThinImport::zero_rest() const
{
    const std::uint64_t end = device_size(volume_.purpose(), device_.get());
    const std::uint64_t chunks = (size_ + unclean_chunk_ - 1) / unclean_chunk_ * unclean_chunk_;
    const std::string zeros(std::min<std::uint64_t>(unclean_chunk_, 65'536), '\0');
    for (std::uint64_t at = size_; at < std::min(end, chunks);) {
        const auto length = std::min<std::uint64_t>(zeros.size(), std::min(end, chunks) - at);
        const ssize_t done = ::pwrite(device_.get(), zeros.data(), length, static_cast<off_t>(at));
        if (done <= 0)
            throw_errno(failure::storage, volume_.purpose() + ": its device cannot be written to",
                        "pwrite");
        at += static_cast<std::uint64_t>(done);
    }
}

void ThinImport::commit()
{
    if (unclean_chunk_ != 0)
        zero_rest();
    if (::fsync(device_.get()) != 0)
        throw_errno(failure::storage, volume_.purpose() + ": it cannot be written to the disk",
                    "fsync");
    device_.reset();
    volume_.group().look(volume_.purpose());
    volume_.exchange(volume_.names().imported(), clock_());
    committed_ = true;
    try {
        volume_.prune(keep_);
    } catch (const Error& error) {
        warn_("what is superfluous could not be removed (" + error.text() + ")");
    }
}

} // namespace qmgmt::lvm
