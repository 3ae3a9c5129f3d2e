// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/zfs/zfs_import.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "storage/zfs/device.hpp"

#include <unistd.h>

namespace qmgmt {

ZfsImport::ZfsImport(ZfsTree& tree, ZfsVolume volume, std::uint64_t size, int keep,
                     std::function<NamedLock()> lock, std::function<void(std::string)> warn)
    : tree_{tree}, volume_{std::move(volume)}, keep_{keep}, lock_{std::move(lock)}, warn_{std::move(
                                                                                        warn)}
{
    const auto name = volume_.names().imported();
    tree_.create(name, size, {}, volume_.purpose());
    try {
        device_ = open_zvol(name, DeviceAccess::write, volume_.purpose());
    } catch (const Error&) {
        discard();
        throw;
    }
}

ZfsImport::~ZfsImport()
{
    device_.reset();
    if (!committed_)
        discard();
}

void ZfsImport::discard() noexcept
{
    try {
        volume_.destroy(volume_.names().imported());
    } catch (const Error& error) {
        log_warning(error.text() + " (" + error.detail() + "), ignoring");
    }
}

void ZfsImport::resize(std::uint64_t size)
{
    volume_.set_size(volume_.names().imported(), size);
}

void ZfsImport::commit()
{
    if (::fsync(device_.get()) != 0)
        throw_errno(failure::storage, volume_.purpose() + ": it cannot be written to the disk",
                    volume_.names().imported());
    device_.reset();
    const auto name = volume_.names().imported();
    const auto held = lock_();
    tree_.snapshot(name, new_clean_mark(), volume_.purpose());
    volume_.exchange(name, "before-import", keep_);
    committed_ = true;
    for (std::string& warning : volume_.prune(keep_))
        warn_(std::move(warning));
}

} // namespace qmgmt
