// SPDX-License-Identifier: GPL-2.0-or-later
//
// How the logical volumes of a volume are called (storage.md 2.2.1). The committed state of the
// volume "vg0/vm-work-private" is the logical volume vm-work-private; -snap is the running copy,
// -import what comes in, -<T>-back an older state, T its time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::lvm {

// Of a volume group, a thin pool or a logical volume: as lvm takes them, and short.
[[nodiscard]] bool is_name(std::string_view untrusted_text) noexcept;

// "/dev/mapper/<group>-<volume>", each "-" of the two doubled; below the root in force.
[[nodiscard]] std::string device_path(std::string_view group, std::string_view volume);
// How the device paths of all volumes of a group begin.
[[nodiscard]] std::string device_path_start(std::string_view group);

class VolumeName {
public:
    // "<group>/<volume>"; nothing for other text, and for what would be a logical volume that
    // belongs to another volume (-snap, -import, -back).
    static std::optional<VolumeName> parse(std::string_view untrusted_vid);

    [[nodiscard]] const std::string& group() const { return group_; }
    [[nodiscard]] const std::string& main() const { return main_; }
    [[nodiscard]] std::string running() const { return main_ + "-snap"; }
    [[nodiscard]] std::string imported() const { return main_ + "-import"; }
    // A copy of the committed state for a qube that it is attached to (Pool::export_committed): by
    // its end no program takes it for a volume.
    [[nodiscard]] std::string exported(std::string_view key) const
    {
        return main_ + "-" + std::string{key} + "-snap";
    }
    [[nodiscard]] std::string revision(std::string_view id) const
    {
        return main_ + "-" + std::string{id};
    }

    // The id, "<T>-back", of the revision that is the logical volume `volume`; nothing when it is
    // none of this volume: vm-a-root-private-1-back is none of vm-a-root.
    [[nodiscard]] std::optional<std::string> revision_id(std::string_view volume) const;

    // The key of the export that is the logical volume `volume`; nothing when it is none of this
    // volume.
    [[nodiscard]] std::optional<std::string> exported_key(std::string_view volume) const;

    // Why lvm would not take a name that a volume like this needs; empty when it would.
    [[nodiscard]] std::string why_unusable() const;

private:
    VolumeName(std::string group, std::string main)
        : group_{std::move(group)}, main_{std::move(main)}
    {
    }

    std::string group_;
    std::string main_;
};

// T of "<T>-back"; nothing for other text.
[[nodiscard]] std::optional<std::uint64_t> revision_time(std::string_view id) noexcept;

// Whether a logical volume of this name is part of another volume.
[[nodiscard]] bool is_part(std::string_view volume) noexcept;

} // namespace qmgmt::lvm
