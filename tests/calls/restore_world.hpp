// SPDX-License-Identifier: GPL-2.0-or-later
//
// A host with profiles of backups, and archives as they come to it.
#pragma once

#include "calls/stream.hpp"
#include "calls/world.hpp"
#include "support/archives.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::test {

inline const Ask restore_nightly{"dom0", "backup.Restore", "nightly"};
inline const Ask verify_nightly{"dom0", "backup.Verify", "nightly"};

struct RestoreWorld : World {
    // `restore`: lines of that mapping, each indented by two blanks.
    explicit RestoreWorld(std::string_view restore = {}, const std::string& parent = "/tmp");

    void profile(std::string_view id, std::string_view restore) const;

    // `options`: lines before the archive.
    [[nodiscard]] Outcome restore(std::string_view archive, std::string_view options = {}) const;
    [[nodiscard]] Outcome verify(std::string_view archive, std::string_view options = {}) const;

    // Exit 0; the lines of its report.
    [[nodiscard]] std::vector<std::string> restores(std::string_view archive,
                                                    std::string_view options = {}) const;
    // The exit code of the kind, one line of error with the token, if there is one, a report of
    // failure or none, and nothing left anywhere.
    void refuses(std::string_view archive, Failure kind, std::string_view token,
                 std::string_view options = {}) const;

    // All that is below the root where qubes, pools and intents are: path, size and first bytes of
    // each file.
    [[nodiscard]] std::map<std::string, std::string> disks() const;
    // A volume's content; `pool` is "varlibqubes" or "lvm".
    [[nodiscard]] std::string image(std::string_view vid, std::string_view pool = "lvm") const;
};

[[nodiscard]] std::vector<std::string> lines_of(std::string_view text);
[[nodiscard]] std::string with_options(std::string_view archive, std::string_view options);

// What an archive is made of.
struct ArchiveParts {
    std::string domains;                                          // besides dom0
    std::vector<std::pair<std::string, std::string>> images = {}; // "vm7/private.img" and content
    std::vector<std::pair<std::string, std::string>> files = {};  // "vm7/firewall.xml"
    std::size_t chunk_size = archive_chunk_size;
    Compression compression = Compression::gzip;
    std::string home = {}; // a tar: dom0's, by the name of `user`

    [[nodiscard]] std::string bytes() const;
};

// A template, a qube of it, a standalone one and a disposable, all with what they may have.
[[nodiscard]] ArchiveParts four_qubes();

} // namespace qmgmt::test
