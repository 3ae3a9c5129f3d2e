// SPDX-License-Identifier: GPL-2.0-or-later
//
// A simulated host that makes backups: profiles, what an archive holds as a reader of our own finds
// it, and what must never be left.
#pragma once

#include "backup/fault.hpp"
#include "calls/simulated.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::test {

// A disk: its size, and each block that is not all zeros by its place.
struct Image {
    std::uint64_t size = 0;
    std::map<std::uint64_t, std::string> blocks;

    friend bool operator==(const Image&, const Image&) = default;
};
[[nodiscard]] Image image_of(const std::string& path);

struct ReadArchive {
    std::string metadata;
    std::vector<std::string> files; // in the order of the archive
    std::map<std::string, Image> content;
    std::map<std::string, std::string> tars; // of dom0's home

    [[nodiscard]] std::string text(const std::string& file) const; // of a small one
};
// Reads and checks all of it. Throws BackupError.
[[nodiscard]] ReadArchive read_archive(const std::string& path, std::string_view passphrase);

class BackupHost : public simulated::Host {
public:
    static constexpr std::string_view directory = "/backups";
    static constexpr std::string_view passphrase = "correct horse, battery";

    explicit BackupHost(const std::string& text = simulated::store_without_network(),
                        const std::string& parent = simulated::quick_place());

    // Of `nightly`, unless another is said: what every test wants, and these lines.
    void set_profile(std::string_view lines, const std::string& id = "nightly",
                     std::string_view where = "destination_vm: dom0\n"
                                              "destination_path: /backups\n") const;
    // Content of its own for the committed image of a volume.
    void fill(std::string_view image, char letter, std::uint64_t size) const;

    [[nodiscard]] Command command(const std::string& id = "nightly") const;
    [[nodiscard]] Outcome execute(const std::string& id = "nightly") const;
    // Succeeds, and adds exactly one archive, whose path is returned.
    [[nodiscard]] std::string archive(const std::string& id = "nightly") const;
    // Fails with this fault, and nothing is there afterwards that was not before.
    void refuses(BackupFault fault, const std::string& id = "nightly") const;
    // One line of this fault, as a call says it.
    static void check_fault(const Outcome& outcome, BackupFault fault);

    [[nodiscard]] std::vector<std::string> archives() const; // names, sorted
    // No export, no journal of one; and no partial archive, no progress either.
    void check_no_export() const;
    void check_nothing_left() const;
    // "key=value" of how the last backup went; empty: never.
    [[nodiscard]] std::string last(std::string_view key, const std::string& id = "nightly") const;
    [[nodiscard]] std::optional<std::string> timestamp(std::string_view qube) const;
};

} // namespace qmgmt::test
