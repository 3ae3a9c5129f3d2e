// SPDX-License-Identifier: GPL-2.0-or-later
//
// How things are called in a pool of driver `zfs` (storage.md 2.5). A volume is the zvol
// "<container>/<qube>/<role>". All else that belongs to it lies below the dataset of its qube, too,
// so that one listing of that dataset tells everything about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

// A path of datasets: components of letters, digits, "_", "-", "." and ":", each beginning with a
// letter or digit, the first, the ZFS pool, with a letter; at most 100 bytes.
[[nodiscard]] bool is_container(std::string_view untrusted_text) noexcept;

// The names of one volume.
class ZfsNames {
public:
    // Nothing when the text is no vid of a pool in this container.
    static std::optional<ZfsNames> parse(const std::string& container,
                                         std::string_view untrusted_vid);

    [[nodiscard]] const std::string& qube() const { return qube_; } // the dataset of its qube
    [[nodiscard]] std::string volume() const { return qube_ + "/" + role_; }
    // What an import fills, and what a revert makes.
    [[nodiscard]] std::string imported() const { return helper(".importing"); }
    [[nodiscard]] std::string temporary() const { return helper(".tmp"); }
    // A former head of the volume, kept for the sake of its revisions: ZFS ties a snapshot to the
    // one dataset it was made of.
    [[nodiscard]] std::string former(std::uint64_t moment) const;
    [[nodiscard]] bool is_former(std::string_view dataset) const;
    // What a qube that it is attached to has of it (Pool::export_committed).
    [[nodiscard]] std::string attached(std::string_view key) const
    {
        return helper(".attached") + "/" + std::string{key};
    }
    // The key; nothing when the dataset is no such one.
    [[nodiscard]] std::optional<std::string> attached_key(std::string_view dataset) const;
    // What a reader has open; made anew for each.
    [[nodiscard]] std::string new_export() const;
    [[nodiscard]] bool is_export(std::string_view dataset) const;

private:
    ZfsNames(std::string qube, std::string role) : qube_{std::move(qube)}, role_{std::move(role)} {}

    [[nodiscard]] std::string helper(std::string_view kind) const;

    std::string qube_;
    std::string role_;
};

// Snapshots of a volume. A revision is called "qubes:<cause>:<seconds>.<six digits>", which is its
// id; older hosts left out the cause or the digits.
[[nodiscard]] std::string revision_name(std::string_view cause, std::uint64_t microseconds);
// When it was made, in microseconds since 1970: the order of revisions. Nothing when the name is
// none of a revision.
[[nodiscard]] std::optional<std::uint64_t> revision_moment(std::string_view snapshot);
// A mark of the committed state: "qubes-clean-" and letters.
[[nodiscard]] std::string new_clean_mark();
[[nodiscard]] bool is_clean_mark(std::string_view snapshot) noexcept;

// What an export of a running volume is cloned from: "qubes-live-<key>".
[[nodiscard]] std::string live_snapshot_name(std::string_view key);

} // namespace qmgmt
