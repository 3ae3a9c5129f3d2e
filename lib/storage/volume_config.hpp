// SPDX-License-Identifier: GPL-2.0-or-later
//
// The volumes of a qube: from its volume-config, or what its class has by default (store.md 8.4,
// storage.md 1.4).
#pragma once

#include "storage/pool_table.hpp"
#include "storage/volume.hpp"
#include "store/effective.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

inline constexpr std::uint64_t default_root_size = 10ULL << 30;
inline constexpr std::uint64_t default_private_size = 2ULL << 30;
inline constexpr std::uint64_t default_volatile_size = 10ULL << 30;
inline constexpr std::uint64_t disposable_volatile_size = 12ULL << 30;

// The directory of a class below a pool and below /var/lib/qubes: vm-templates or appvms.
[[nodiscard]] std::string_view class_directory(unsigned class_bit);

// root, private, volatile, kernel: what every qube has.
[[nodiscard]] bool is_system_role(std::string_view role);

// Whether the volume was made for the qube: a system volume, or another with a vid as its volumes
// have. Others were attached to it, and stay when it goes.
[[nodiscard]] bool is_own(const Volume& volume, const Qube& qube, PoolTable& pools);

// What a new qube asks for.
struct VolumeWishes {
    std::string name;
    unsigned class_bit = 0;
    const Qube* base = nullptr;               // its template, where the class has one
    std::string kernel;                       // effective value of the property
    std::optional<std::string> pool;          // for all that are writable and its own
    std::map<std::string, std::string> pools; // by role
};

class VolumeConfig {
public:
    VolumeConfig(const Store& store, Effective& effective, PoolTable& pools)
        : store_{store}, effective_{effective}, pools_{pools}
    {
    }

    // root, private, volatile, kernel, then others; none for dom0. Throws Error{storage} for an
    // entry that makes no sense.
    [[nodiscard]] std::vector<Volume> of(const Qube& qube);
    [[nodiscard]] std::vector<Volume> for_new(const VolumeWishes& wishes);
    // Of the same kinds as those of `like`, in its pools unless others are wished; what keeps data
    // is as large as it is there. Without those that are not its own.
    [[nodiscard]] std::vector<Volume> for_clone(const VolumeWishes& wishes, const Qube& like);

private:
    [[nodiscard]] Volume stored(const StoredVolume& entry);
    [[nodiscard]] Volume fresh(const VolumeWishes& wishes, std::string_view role);
    [[nodiscard]] bool inherits(const VolumeWishes& wishes) const;
    [[nodiscard]] Volume inherited(const VolumeWishes& wishes, std::string_view role);
    [[nodiscard]] Volume snapshot_of(const VolumeWishes& wishes, std::string_view role);
    [[nodiscard]] std::string pool_for(const VolumeWishes& wishes, std::string_view role);

    const Store& store_;
    Effective& effective_;
    PoolTable& pools_;
};

// A <volume> element in the order and form of upstream.
[[nodiscard]] std::string volume_element(const Volume& volume);

} // namespace qmgmt
