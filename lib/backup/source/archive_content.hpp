// SPDX-License-Identifier: GPL-2.0-or-later
//
// What goes into an archive, open and small enough to be held: the disks of each qube at one
// moment, its firewall and notes, and where the home of dom0's user is.
#pragma once

#include "backup/archive/archive_writer.hpp"
#include "backup/last_result.hpp"
#include "backup/progress.hpp"
#include "backup/source/chosen.hpp"
#include "backup/source/dom0_home.hpp"
#include "backup/source/metadata.hpp"
#include "backup/source/point_in_time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qmgmt {

struct SmallFile {
    std::string name; // "firewall.xml"
    std::string content;
};

struct QubeContent {
    std::string name;
    std::string uuid;
    std::string path;    // "vm7/"
    bool tagged = false; // by its tag alone it was selected
    std::vector<KeptVolume> volumes;
    std::vector<SmallFile> files;

    // How much of the archive it may take.
    [[nodiscard]] std::uint64_t size() const;
    // Of its disks, as they look to it.
    [[nodiscard]] std::uint64_t logical_size() const;
};

class ArchiveContent {
public:
    // Exports the disks of all qubes of the choice. `last`: how the last backups went, for
    // `skip_unchanged`. What else goes wrong is said with `call.warn`.
    ArchiveContent(Call& call, const Profile& profile, const Choice& choice,
                   std::optional<Dom0Home> home, const LastResult& last, PointInTime& moment);

    [[nodiscard]] const std::vector<QubeContent>& qubes() const noexcept { return qubes_; }
    [[nodiscard]] bool has_home() const noexcept { return home_.has_value(); }
    [[nodiscard]] std::uint64_t logical_size() const;
    // qubes.xml
    [[nodiscard]] std::string metadata(const Store& store, MetadataScope scope) const;

    // Everything behind qubes.xml. What is written is closed.
    void write(ArchiveWriter& writer, BackupProgress& progress, const StopSignals& stop);

private:
    void add(const ChosenQube& chosen, const LastResult& last, PointInTime& moment);
    void write_home(ArchiveWriter& writer, BackupProgress& progress, const StopSignals& stop,
                    std::uint64_t done);
    [[nodiscard]] std::vector<std::string> names() const;

    Call& call_;
    const Profile& profile_;
    std::vector<QubeContent> qubes_;
    std::optional<Dom0Home> home_;
    std::uint64_t home_size_ = 0;
};

} // namespace qmgmt
