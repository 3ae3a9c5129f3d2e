// SPDX-License-Identifier: GPL-2.0-or-later
//
// backup.md 80: a profile that somebody wrote by hand: what is taken makes sense, what is refused
// is refused in our words.

#include "backup/profile/profile.hpp"

#include "backup/fault.hpp"
#include "fuzz/target.hpp"

#include <algorithm>
#include <string_view>

using namespace qmgmt;

namespace {

bool may_be(BackupFault fault)
{
    return fault == BackupFault::config_invalid || fault == BackupFault::passphrase_invalid ||
           fault == BackupFault::passphrase_too_long || fault == BackupFault::passphrase_whitespace;
}

void check(const PassphraseOrigin& origin)
{
    fuzz::require(!origin.text || origin.qube.empty());
    fuzz::require(!origin.text || !origin.text->bytes().empty());
    fuzz::require(origin.qube != "dom0");
}

void check(const Profile& profile)
{
    fuzz::require(!profile.destination_vm.empty() && !profile.destination_path.empty());
    fuzz::require(std::ranges::none_of(profile.destination_path,
                                       [](unsigned char c) { return c < 0x20 || c == 0x7f; }));
    if (profile.local()) {
        fuzz::require(profile.destination_path.starts_with('/'));
        fuzz::require((profile.destination_path + "/").find("/../") == std::string::npos);
    }
    fuzz::require(profile.passphrase.given());
    check(profile.passphrase);
    check(profile.restore.passphrase);
    fuzz::require(profile.compression_level >= 1 && profile.compression_level <= 19);
    fuzz::require(profile.cost.log_n >= 14 && profile.cost.log_n <= 20);
    for (const Selector& one : profile.included)
        fuzz::require(!one.value.empty() && one.value.size() <= 64);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    static const ProfileId id = ProfileId::parse("fuzz");
    try {
        check(parse_profile(id, text));
    } catch (const BackupError& error) {
        constexpr std::size_t longest = 200;
        fuzz::require(may_be(error.fault()));
        fuzz::require(error.text().size() <= longest);
        fuzz::require(
            std::ranges::all_of(error.text(), [](char c) { return c >= 0x20 && c < 0x7f; }));
    }
    return 0;
}
