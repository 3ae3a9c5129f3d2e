// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/destination/archive_destination.hpp"

#include "backup/destination/archive_file.hpp"
#include "backup/destination/archive_stream.hpp"

namespace qmgmt {

std::unique_ptr<ArchiveDestination> prepare_destination(Call& call, const Profile& profile,
                                                        const StopSignals& stop)
{
    if (profile.local())
        return std::make_unique<ArchiveFile>(call, profile, stop);
    return std::make_unique<ArchiveStream>(call, profile, stop);
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
