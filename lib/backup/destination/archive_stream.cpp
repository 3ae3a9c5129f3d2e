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
    write(profile_.destination_path + "\n");
}

void ArchiveStream::write(std::string_view bytes)
{
    service_->write(bytes, profile_.stall_timeout);
}

std::string ArchiveStream::finish(const ArchiveCheck&)
{
    const auto stall = profile_.stall_timeout;
    service_->finish(stall.count() > 0 ? std::optional{Deadline::in(stall)} : std::nullopt);
    return {};
}

} // namespace qmgmt
