// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/session.hpp"

#include "backup/fault.hpp"
#include "backup/profile/passphrase_source.hpp"
#include "life/volume/import.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// Upstream's own count of members, doubled, and never less than some (backup.md 1.9).
constexpr std::uint64_t chunk_share = std::uint64_t{50} << 20;
constexpr std::uint64_t most_members = 4'000'000;
constexpr std::uint64_t size_allowance = std::uint64_t{16} << 20;

Profile profile_of(Call& call)
{
    static_cast<void>(call.store()); // a host that is broken is told so before all else
    Profile profile = load_profile(ProfileId::parse(call.argument()));
    const bool restores = call.spec().effect != Effect::read;
    if (restores && !call.from_dom0() && !profile.restore.enabled)
        throw BackupError{BackupFault::restore_disabled,
                          "the profile lets only dom0 restore its backups"};
    return profile;
}

// A little more than is declared: archives of others declare too little.
std::uint64_t with_allowance(std::uint64_t size)
{
    const std::uint64_t some = std::min(size, std::uint64_t{1} << 60);
    return some + some / 50 + size_allowance;
}

} // namespace

RestoreSession::RestoreSession(Call& call)
    : call_{call}, profile_{profile_of(call)}, lock_{RunLock::of_restore()}, stream_{standard_input(
                                                                                 call)},
      input_{stream_, profile_.restore.max_bytes}, progress_{call.request(), std::nullopt}
{
    stream_.heed(signals_);
    request_ = RestoreRequest::parse(input_.untrusted_preamble(), profile_.restore);
}

void RestoreSession::open()
{
    passphrase_ = obtain_passphrase(call_, profile_.id, origin_for_restore(profile_), signals_);
    archive_ = std::make_unique<ArchiveReader>(input_, *passphrase_, profile_.kdf_limits);
    metadata_ = BackupMetadata::parse(archive_->metadata());
    limit_archive();
}

void RestoreSession::limit_archive()
{
    constexpr std::uint64_t most_of_one = std::uint64_t{1} << 50;
    std::uint64_t total = metadata_.home ? std::min(metadata_.home->size, most_of_one) : 0;
    std::uint64_t qubes = 1;
    for (const ArchivedQube& qube : metadata_.qubes) {
        if (!qube.included)
            continue;
        ++qubes;
        total += std::min(qube.size, most_of_one);
    }
    progress_.total(total);
    const ByteLimit bytes = [this](std::string_view directory) -> std::optional<std::uint64_t> {
        if (request_.ignore_size_limit)
            return std::nullopt;
        if (const ArchivedQube* qube = metadata_.in(directory))
            return with_allowance(qube->size);
        // What the list does not name is no part of the backup.
        return metadata_.home && metadata_.home->path.starts_with(directory)
                   ? with_allowance(metadata_.home->size)
                   : 0;
    };
    archive_->limit(bytes,
                    request_.ignore_size_limit
                        ? most_members
                        : std::min(most_members, 2 * (10 * qubes + total / chunk_share) + 64));
}

void RestoreSession::check_signals() const
{
    if (signals_.arrived())
        throw BackupError{BackupFault::cancelled, "the call was told to stop"};
}

RestoreReport RestoreSession::report() const
{
    return {archive_->header().id, archive_->bytes(), archive_->header().manifest, {}};
}

bool concerns_one_qube(BackupFault fault) noexcept
{
    switch (fault) {
    case BackupFault::decompress:
    case BackupFault::firewall_invalid:
    case BackupFault::incomplete_archive:
    case BackupFault::inner_tar:
    case BackupFault::member_corrupt:
    case BackupFault::metadata_invalid:
    case BackupFault::size_limit: return true;
    default: return false;
    }
}

} // namespace qmgmt
