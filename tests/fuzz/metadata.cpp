// SPDX-License-Identifier: GPL-2.0-or-later
//
// backup.md 80: qubes.xml of a backup, by somebody who knew its passphrase: what is taken has names
// that qubes, tags, features, volumes and places in an archive can have, and each of them once.

#include "backup/restore/metadata/metadata.hpp"

#include "backup/archive/outer/member_name.hpp"
#include "backup/fault.hpp"
#include "fuzz/target.hpp"
#include "names/names.hpp"
#include "names/volume_name.hpp"

#include <algorithm>
#include <set>
#include <string_view>

using namespace qmgmt;

namespace {

void check(const ArchivedQube& qube)
{
    fuzz::require(QubeName::fault(qube.name).empty() && qube.name != "dom0");
    fuzz::require(qube.label.empty() || LabelName::parse(qube.label).text() == qube.label);
    if (!qube.included)
        return;
    fuzz::require((qube.klass & class_qube) != 0);
    fuzz::require(is_archived_name(qube.directory + "private.img"));
    for (const Feature& feature : qube.features) {
        static_cast<void>(FeatureName::parse(feature.name));
        static_cast<void>(parse_feature_value(feature.value));
    }
    for (const std::string& tag : qube.tags)
        static_cast<void>(Tag::parse(tag));
    for (const ArchivedVolume& volume : qube.volumes)
        fuzz::require(RoleName::is_one(volume.role));
    for (const splice::DeviceEntry& device : qube.devices)
        fuzz::require(QubeName::fault(device.backend).empty());
    // All of these are echoed in a line of words.
    for (const std::string& note : qube.notes)
        fuzz::require(std::ranges::all_of(note, [](char c) { return c > 0x20 && c < 0x7f; }));
    static_cast<void>(qube.promised_images());
}

void check(const BackupMetadata& metadata)
{
    fuzz::require(metadata.qubes.size() <= most_archived_qubes);
    std::set<std::string_view> seen;
    for (const ArchivedQube& qube : metadata.qubes) {
        check(qube);
        fuzz::require(seen.insert(qube.name).second);
        fuzz::require(!qube.included || seen.insert(qube.directory).second);
    }
    if (metadata.home)
        fuzz::require(is_archived_name(metadata.home->path));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    try {
        check(BackupMetadata::parse({reinterpret_cast<const char*>(data), size}));
    } catch (const BackupError& error) {
        fuzz::require(error.fault() == BackupFault::metadata_invalid ||
                      error.fault() == BackupFault::size_limit);
        fuzz::require(
            std::ranges::all_of(error.text(), [](char c) { return c >= 0x20 && c < 0x7f; }));
    }
    return 0;
}
