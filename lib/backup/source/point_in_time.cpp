// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/source/point_in_time.hpp"

#include "backup/fault.hpp"
#include "base/device.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "life/volume/find_volume.hpp"
#include "state/named_lock.hpp"
#include "storage/volume_config.hpp"
#include "storage/volume_lock.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <span>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::uint64_t block_of_usage = 512;
// At the end of a backup that somebody wants to be over.
constexpr std::chrono::seconds patience_to_drop{1};

std::string new_key()
{
    std::array<unsigned char, 5> bytes{};
    fill_random(std::as_writable_bytes(std::span{bytes}));
    constexpr std::string_view digits = "0123456789abcdef";
    std::string key;
    for (const unsigned char byte : bytes) {
        key += digits[byte >> 4];
        key += digits[byte & 15];
    }
    return key;
}

std::string what(const Qube& qube, const Volume& volume)
{
    return "vm=" + qube.name() + " volume=" + volume.role;
}

Fd open_path(const BlockPath& path)
{
    if (path.block_device)
        return open_block_device(path.path, DeviceAccess::read);
    return Fd{::open(path.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
}

// Why the state of a volume could not be had.
BackupFault fault_of(const Error& error)
{
    if (error.kind() == Failure::busy || error.kind() == Failure::unsupported)
        return BackupFault::volume_busy;
    return error.type() == failure::no_space ? BackupFault::no_space : BackupFault::read_error;
}

void log_warnings(Pool& pool)
{
    for (const std::string& warning : pool.take_warnings())
        log_warning(warning);
}

// The entries that are gone then; all of them is success.
bool drop_all(Call& call, PoolTable& pools, const std::vector<ExportJournal::Entry>& entries,
              std::chrono::milliseconds patience)
{
    bool gone = true;
    for (const ExportJournal::Entry& entry : entries) {
        try {
            const auto lock =
                NamedLock::wait(volume_lock(entry.pool, entry.vid), LockMode::exclusive,
                                Deadline::in(patience), call.request().program);
            Pool& pool = pools.pool(entry.pool);
            pool.drop_export(entry.volume(), entry.key);
            log_warnings(pool);
        } catch (const Error& error) {
            if (error.type() == failure::pool_not_found)
                continue; // and its volumes with it
            gone = false;
            log_warning("what a backup has read of '" + entry.pool + ":" + entry.vid +
                        "' is left for the next backup: " + error.text() + " (" + error.detail() +
                        "), ignoring");
        }
    }
    return gone;
}

} // namespace

std::vector<Volume> volumes_to_keep(Call& call, const Qube& qube, PoolTable& pools)
{
    if (qube.class_bit() == class_admin)
        return {};
    auto volumes = volumes_of(call, qube);
    std::erase_if(volumes, [&](const Volume& volume) {
        return volume.kind() != VolumeKind::origin || volume.vid.empty() ||
               !is_own(volume, qube, pools);
    });
    return volumes;
}

PointInTime::PointInTime(Call& call, const ProfileId& id)
    : call_{call}, key_{new_key()}, pools_{call.store()}, journal_{ExportJournal::begin(id.text())}
{
    if (!journal_)
        throw BackupError{BackupFault::volume_busy,
                          "what an earlier backup has read is still in use"};
}

PointInTime::~PointInTime()
{
    drop();
}

void PointInTime::drop() noexcept
{
    if (!journal_)
        return;
    try {
        if (drop_all(call_, pools_, journal_->entries(), patience_to_drop))
            journal_->end();
    } catch (const std::exception& error) {
        log_warning(std::string{"what a backup has read is left for the next one: "} +
                    error.what() + ", ignoring");
    }
    journal_.reset();
}

std::vector<KeptVolume> PointInTime::keep(const Qube& qube, bool live)
{
    const auto volumes = volumes_to_keep(call_, qube, pools_);
    std::vector<std::string> names;
    names.reserve(volumes.size());
    for (const Volume& volume : volumes)
        names.push_back(volume_lock(volume.pool, volume.vid));
    std::ranges::sort(names);
    std::vector<KeptVolume> kept;
    try {
        std::vector<NamedLock> locks;
        locks.reserve(names.size());
        for (const std::string& name : names)
            locks.push_back(NamedLock::wait(name, LockMode::exclusive, call_.lock_deadline(),
                                            call_.request().program));
        for (const Volume& volume : volumes)
            kept.push_back(keep(qube, volume, live));
    } catch (const BackupError&) {
        throw;
    } catch (const Error& error) {
        throw BackupError{fault_of(error), error.text(), error.detail()};
    }
    return kept;
}

KeptVolume PointInTime::keep(const Qube& qube, const Volume& volume, bool live)
{
    Pool& pool = pools_.pool(volume.pool);
    KeptVolume kept{.role = volume.role, .content = {}, .live = live && pool.is_started(volume)};
    journal_->add({volume.pool, volume.vid, key_});
    try {
        kept.content = open_path(kept.live ? pool.export_live(volume, key_)
                                           : pool.export_committed(volume, key_));
    } catch (const Error& error) {
        if (kept.live || error.type() != failure::unsupported || pool.is_started(volume))
            throw;
        kept.content = pool.open_committed(volume); // what it is while nobody starts it
    }
    struct stat facts {};
    const auto end = kept.content ? ::lseek(kept.content.get(), 0, SEEK_END) : -1;
    if (end < 0 || ::fstat(kept.content.get(), &facts) != 0)
        throw_errno(failure::failed, what(qube, volume) + " cannot be opened", volume.vid);
    kept.size = static_cast<std::uint64_t>(end);
    if (S_ISREG(facts.st_mode)) {
        kept.usage = static_cast<std::uint64_t>(facts.st_blocks) * block_of_usage;
        kept.written = facts.st_mtim.tv_sec;
    } else {
        kept.usage = std::min(kept.size, pool.facts(volume).usage);
    }
    log_warnings(pool);
    return kept;
}

void drop_abandoned_exports(Call& call)
{
    for (ExportJournal& journal : ExportJournal::abandoned()) {
        PoolTable pools{call.store()};
        if (drop_all(call, pools, journal.entries(), patience_to_drop))
            journal.end();
    }
}

} // namespace qmgmt
