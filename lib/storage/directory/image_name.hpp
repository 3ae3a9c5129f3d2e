// SPDX-License-Identifier: GPL-2.0-or-later
//
// How the files of a volume are called in a directory pool (storage.md 2.1.1). Foreign files beside
// ours never match.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <time.h>

namespace qmgmt {

// "<directory>/<qube>/<role>". `directory` is appvms or vm-templates: udev ignores images there and
// nowhere else.
struct ImageVid {
    std::string directory;
    std::string qube;
    std::string role;

    // Nothing when the text is no vid of a directory pool.
    static std::optional<ImageVid> parse(std::string_view untrusted_vid);
};

// The vid of a volume with these parts.
[[nodiscard]] std::string image_vid_text(std::string_view directory, std::string_view qube,
                                         std::string_view role);

// The file names of one role in the directory of its qube.
class ImageNames {
public:
    explicit ImageNames(std::string role) : role_{std::move(role)} {}

    [[nodiscard]] std::string clean() const { return role_ + ".img"; }
    [[nodiscard]] std::string dirty() const { return role_ + "-dirty.img"; }
    [[nodiscard]] std::string precache() const { return role_ + "-precache.img"; }
    [[nodiscard]] std::string imported() const { return role_ + "-import.img"; }
    // The committed image as a qube that it is attached to has it (Pool::export_committed). It does
    // not end like an image: no program takes it for a volume.
    [[nodiscard]] std::string exported(std::string_view key) const;
    // Revision `number` of a committed image last modified at `modified`.
    [[nodiscard]] std::string revision(std::uint64_t number, time_t modified) const;

    // The number of the revision called `entry`; nothing when it is none of this role.
    [[nodiscard]] std::optional<std::uint64_t> revision_number(std::string_view entry) const;
    // The key of the export called `entry`; nothing when it is none of this role.
    [[nodiscard]] std::optional<std::string> exported_key(std::string_view entry) const;
    // Whether `entry` is what an operation on this role left when it was interrupted.
    [[nodiscard]] bool is_temporary(std::string_view entry) const;

private:
    std::string role_;
};

// The role whose committed or running image is called `entry`.
[[nodiscard]] std::optional<std::string> role_of_image(std::string_view entry);

} // namespace qmgmt
