// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/destination/archive_stream.hpp"

namespace qmgmt {

ArchiveStream::ArchiveStream(Call& call, const Profile& profile, const StopSignals& stop)
    : profile_{profile}, stop_{stop}
{
    have_qube_run(call, profile.destination_vm, profile.autostart_destination,
                  {BackupFault::destination_missing, BackupFault::destination_failed}, stop);
}

void ArchiveStream::begin(std::time_t)
{
    service_.emplace(profile_.destination_vm, "qubes.Backup", BackupFault::destination_failed,
                     stop_);
    service_->write(profile_.destination_path + "\n", profile_.stall_timeout);
}

void ArchiveStream::write(std::string_view bytes)
{
    digest_.update(bytes);
    service_->write(bytes, profile_.stall_timeout);
}

StoredArchive ArchiveStream::finish()
{
    const auto stall = profile_.stall_timeout;
    service_->finish(stall.count() > 0 ? std::optional{Deadline::in(stall)} : std::nullopt);
    return {.name = {}, .sha256 = digest_.hex()};
}

} // namespace qmgmt
