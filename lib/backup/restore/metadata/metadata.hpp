// SPDX-License-Identifier: GPL-2.0-or-later
//
// The qubes of a backup as its qubes.xml describes them (backup.md 1.8.1). It is authentic, and yet
// not believed: who knew the passphrase may have written anything.
#pragma once

#include "store/qube.hpp"
#include "store/splice.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

inline constexpr std::size_t most_metadata = std::size_t{16} << 20; // bytes
inline constexpr std::size_t most_archived_qubes = 4096;

struct ArchivedVolume {
    std::string role;
    std::uint64_t size = 0; // bytes; 0: not said
    bool save_on_stop = false;
    bool snap_on_start = false;
    bool rw = false;
};

struct ArchivedQube {
    std::string name;
    unsigned klass = 0; // of ClassSet; 0: one that is not known here
    std::string label;  // its name; empty when the backup says none that could be one

    // The rest is there of qubes that are part of the backup, not of those they refer to.
    bool included = false;
    std::string directory;                         // "vm7/": where its files are
    std::uint64_t size = 0;                        // how much of the archive it says it takes
    std::map<std::string, std::string> properties; // as stored; qubes by name
    std::vector<Feature> features;                 // of acceptable names and values
    std::vector<std::string> tags;
    std::vector<splice::DeviceEntry> devices;
    std::vector<ArchivedVolume> volumes;
    std::vector<std::string> notes; // what of it could not be understood

    // The roles of which an image must be in the backup: what keeps data, said or by its class.
    [[nodiscard]] std::vector<std::string> promised_images() const;
    // nullptr when the backup does not say.
    [[nodiscard]] const ArchivedVolume* volume(std::string_view role) const;
};

// The home of dom0's user.
struct ArchivedHome {
    std::string path; // "dom0-home/user"
    std::uint64_t size = 0;

    [[nodiscard]] std::string_view user() const;
    // Bytes of the tar in it.
    [[nodiscard]] std::uint64_t most_content() const noexcept;
};

struct BackupMetadata {
    std::vector<ArchivedQube> qubes; // in the order of the file, without dom0
    std::optional<ArchivedHome> home;

    // nullptr when there is none.
    [[nodiscard]] const ArchivedQube* find(std::string_view name) const;
    // The one that is included and whose files are there.
    [[nodiscard]] const ArchivedQube* in(std::string_view directory) const;

    // Throws BackupError{metadata_invalid, size_limit}.
    static BackupMetadata parse(std::string_view untrusted_xml);
};

} // namespace qmgmt
