// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/destination/archive_destination.hpp"

#include "backup/destination/archive_file.hpp"
#include "backup/destination/archive_stream.hpp"
#include "backup/fault.hpp"
#include "base/account.hpp"
#include "base/paths.hpp"
#include "base/real_path.hpp"

namespace qmgmt {

std::unique_ptr<ArchiveDestination> prepare_destination(Call& call, const Profile& profile,
                                                        const StopSignals& stop)
{
    if (profile.local())
        return std::make_unique<ArchiveFile>(call, profile, stop);
    return std::make_unique<ArchiveStream>(call, profile, stop);
}

void check_outside_home(const Profile& profile)
{
    const auto user = user_of_qubes();
    if (!profile.local() || !user)
        return;
    const std::string path = paths::below_root(profile.destination_path);
    auto place = real_path(path);
    if (!place) // not there yet: its directory counts
        place = real_path(path.substr(0, path.rfind('/') + 1));
    const auto home = real_path(paths::below_root(user->home));
    if (place && home && (*place + "/").starts_with(*home + "/"))
        throw BackupError{BackupFault::config_invalid,
                          "the destination is in the home that is to be archived"};
}

std::string destination_place(const Request& request)
{
    try {
        const Profile profile = load_profile(ProfileId::parse(request.argument));
        return profile.local() ? profile.destination_path : "";
    } catch (const Error&) {
        return {}; // the call reads it again
    }
}

} // namespace qmgmt
