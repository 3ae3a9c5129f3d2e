// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/volume_config.hpp"

#include "base/error.hpp"
#include "names/number.hpp"

#include <algorithm>
#include <array>

namespace qmgmt {
namespace {

constexpr std::array<std::string_view, 4> standard_roles = {"root", "private", "volatile",
                                                            "kernel"};

[[noreturn]] void refuse(const StoredVolume& entry, std::string_view reason)
{
    throw Error{failure::storage,
                "cannot use the volume '" + entry.role + "': " + std::string{reason}};
}

// Only `True` and `False` are booleans; absent is False.
bool flag(const StoredVolume& entry, std::string_view name)
{
    const std::string text = entry.attribute(name);
    if (text == "True")
        return true;
    if (text.empty() || text == "False")
        return false;
    refuse(entry, std::string{name} + " is neither True nor False");
}

[[noreturn]] void refuse_pool(std::string_view role)
{
    throw Error{failure::failed, "cannot choose a pool for '" + std::string{role} +
                                     "': it shares the pool of its template"};
}

std::uint64_t usual_size(std::string_view role, unsigned class_bit)
{
    if (role == "root")
        return default_root_size;
    if (role == "private")
        return default_private_size;
    if (role == "volatile")
        return class_bit == class_disp ? disposable_volatile_size : default_volatile_size;
    return 0;
}

} // namespace

std::string_view class_directory(unsigned class_bit)
{
    return class_bit == class_template ? "vm-templates" : "appvms";
}

bool is_system_role(std::string_view role)
{
    return std::ranges::find(standard_roles, role) != standard_roles.end();
}

bool is_own(const Volume& volume, const Qube& qube, PoolTable& pools)
{
    return is_system_role(volume.role) ||
           volume.vid == pools.pool(volume.pool)
                             .new_vid(class_directory(qube.class_bit()), qube.name(), volume.role);
}

Volume VolumeConfig::stored(const StoredVolume& entry)
{
    Volume volume;
    volume.role = entry.role;
    volume.pool = entry.attribute("pool");
    volume.vid = entry.attribute("vid");
    volume.rw = flag(entry, "rw");
    volume.save_on_stop = flag(entry, "save_on_stop");
    volume.snap_on_start = flag(entry, "snap_on_start");
    if (!entry.attribute("ephemeral").empty())
        volume.ephemeral = flag(entry, "ephemeral");
    if (const std::string source = entry.attribute("source"); !source.empty())
        volume.source = source;
    const std::string size = entry.attribute("size");
    const std::string kept = entry.attribute("revisions_to_keep");
    if (!size.empty()) {
        const auto bytes = parse_decimal(size);
        if (!bytes)
            refuse(entry, "its size is not a number");
        volume.size = *bytes;
    }
    if (!kept.empty()) {
        const auto number = parse_integer(kept);
        if (!number || *number < -1 || *number > 100'000)
            refuse(entry, "revisions_to_keep is not a number");
        volume.revisions_to_keep = static_cast<int>(*number);
    }
    if (volume.snap_on_start && !volume.source)
        refuse(entry, "it is a snapshot without a source");
    if (!volume.snap_on_start && volume.source)
        refuse(entry, "it has a source and is no snapshot");
    if (volume.snap_on_start && volume.save_on_stop)
        throw Error{failure::unsupported,
                    "cannot use the volume '" + entry.role + "': a snapshot that is saved"};
    return volume;
}

std::vector<Volume> VolumeConfig::of(const Qube& qube)
{
    if ((qube.class_bit() & class_qube) == 0)
        return {};
    const VolumeWishes wishes{qube.name(),
                              qube.class_bit(),
                              effective_.template_of(qube),
                              effective_.text(qube, "kernel"),
                              std::nullopt,
                              {}};
    std::vector<Volume> volumes;
    const auto entries = qube.volumes();
    for (const std::string_view role : standard_roles) {
        const auto entry = std::ranges::find(entries, role, &StoredVolume::role);
        if (entry == entries.end()) {
            volumes.push_back(fresh(wishes, role));
            continue;
        }
        Volume volume = stored(*entry);
        if (role == "kernel")
            volume.vid = wishes.kernel; // the attribute only follows the property
        volumes.push_back(std::move(volume));
    }
    for (const StoredVolume& entry : entries) {
        if (!is_system_role(entry.role))
            volumes.push_back(stored(entry));
    }
    return volumes;
}

std::string VolumeConfig::pool_for(const VolumeWishes& wishes, std::string_view role)
{
    if (const auto own = wishes.pools.find(std::string{role}); own != wishes.pools.end())
        return own->second;
    if (wishes.pool && role != "kernel")
        return *wishes.pool;
    std::string pool = effective_.global_text("default_pool_" + std::string{role});
    if (pool.empty())
        throw Error{failure::storage, "cannot choose a pool for '" + std::string{role} +
                                          "': the store has no default pool"};
    return pool;
}

// Disposables of the current generation are as their template is.
bool VolumeConfig::inherits(const VolumeWishes& wishes) const
{
    return wishes.class_bit == class_disp && wishes.base != nullptr &&
           store_.dialect() == Dialect::current;
}

Volume VolumeConfig::inherited(const VolumeWishes& wishes, std::string_view role)
{
    const auto volumes = of(*wishes.base);
    const auto found = std::ranges::find(volumes, role, &Volume::role);
    if (found == volumes.end())
        throw Error{failure::storage, "cannot find the volume '" + std::string{role} +
                                          "' of the template of '" + wishes.name + "'"};
    return *found;
}

Volume VolumeConfig::snapshot_of(const VolumeWishes& wishes, std::string_view role)
{
    constexpr int deepest_chain = 8;
    const Qube* base = wishes.base;
    for (int step = 0; base != nullptr && step < deepest_chain; ++step) {
        const auto volumes = of(*base);
        const auto found = std::ranges::find(volumes, role, &Volume::role);
        if (found == volumes.end())
            break;
        if (!found->snap_on_start) {
            Volume volume;
            volume.role = role;
            volume.pool = found->pool;
            volume.size = found->size;
            volume.source = found->vid;
            volume.snap_on_start = true;
            volume.rw = store_.dialect() == Dialect::current || wishes.class_bit == class_disp;
            if (role == "root" && store_.dialect() == Dialect::r40)
                volume.rw = false;
            if (inherits(wishes))
                volume.rw = inherited(wishes, role).rw;
            volume.vid = pools_.pool(volume.pool)
                             .new_vid(class_directory(wishes.class_bit), wishes.name, role);
            volume.revisions_to_keep = pools_.pool(volume.pool).default_revisions_to_keep();
            return volume;
        }
        base = effective_.template_of(*base);
    }
    throw Error{failure::storage, "cannot find the source of the volume '" + std::string{role} +
                                      "' of '" + wishes.name + "'"};
}

Volume VolumeConfig::fresh(const VolumeWishes& wishes, std::string_view role)
{
    const bool based = wishes.class_bit == class_app || wishes.class_bit == class_disp;
    const bool snapshot =
        (role == "root" && based) || (role == "private" && wishes.class_bit == class_disp);
    if (snapshot) {
        if (wishes.pools.contains(std::string{role}))
            refuse_pool(role);
        return snapshot_of(wishes, role);
    }
    Volume volume;
    volume.role = role;
    volume.pool = pool_for(wishes, role);
    if (role == "kernel") {
        volume.vid = wishes.kernel;
        return volume;
    }
    volume.rw = true;
    if (inherits(wishes)) {
        const Volume like = inherited(wishes, role);
        if (!wishes.pool && !wishes.pools.contains(std::string{role}))
            volume.pool = like.pool;
        volume.rw = like.rw;
        volume.ephemeral = like.ephemeral;
    }
    volume.save_on_stop = role == "root" || role == "private";
    volume.size = usual_size(role, wishes.class_bit);
    Pool& pool = pools_.pool(volume.pool);
    volume.vid = pool.new_vid(class_directory(wishes.class_bit), wishes.name, role);
    volume.revisions_to_keep = pool.default_revisions_to_keep();
    // Templates of that generation keep no revision of their private volume.
    if (role == "private" && wishes.class_bit == class_template && store_.dialect() == Dialect::r40)
        volume.revisions_to_keep = 0;
    return volume;
}

std::vector<Volume> VolumeConfig::for_new(const VolumeWishes& wishes)
{
    std::vector<Volume> volumes;
    volumes.reserve(standard_roles.size());
    for (const std::string_view role : standard_roles)
        volumes.push_back(fresh(wishes, role));
    const bool based = wishes.class_bit == class_app || wishes.class_bit == class_disp;
    if (!based || wishes.base == nullptr)
        return volumes;
    for (Volume& extra : of(*wishes.base)) {
        if (is_system_role(extra.role) || !is_own(extra, *wishes.base, pools_))
            continue;
        std::string vid = pools_.pool(extra.pool)
                              .new_vid(class_directory(wishes.class_bit), wishes.name, extra.role);
        if (!vid.empty())
            extra.vid = std::move(vid);
        volumes.push_back(std::move(extra));
    }
    return volumes;
}

std::vector<Volume> VolumeConfig::for_clone(const VolumeWishes& wishes, const Qube& like)
{
    std::vector<Volume> volumes = of(like);
    std::erase_if(volumes, [&](const Volume& one) { return !is_own(one, like, pools_); });
    for (Volume& volume : volumes) {
        const auto own = wishes.pools.find(volume.role);
        if (volume.snap_on_start && own != wishes.pools.end())
            refuse_pool(volume.role);
        if (volume.kind() == VolumeKind::origin)
            volume.size = pools_.pool(volume.pool).facts(volume).size;
        if (own != wishes.pools.end())
            volume.pool = own->second;
        else if (wishes.pool && volume.kind() != VolumeKind::fixed && !volume.snap_on_start)
            volume.pool = *wishes.pool;
        if (volume.role == "kernel")
            volume.vid = wishes.kernel;
        else
            volume.vid = pools_.pool(volume.pool)
                             .new_vid(class_directory(wishes.class_bit), wishes.name, volume.role);
    }
    return volumes;
}

std::string volume_element(const Volume& volume)
{
    const auto word = [](bool value) { return value ? "True" : "False"; };
    std::string text = "<volume name=\"" + escape_attribute(volume.role) + "\" pool=\"" +
                       escape_attribute(volume.pool) + "\" vid=\"" + escape_attribute(volume.vid) +
                       "\" revisions_to_keep=\"" + std::to_string(volume.revisions_to_keep) +
                       "\" rw=\"" + word(volume.rw) + "\" save_on_stop=\"" +
                       word(volume.save_on_stop) + "\" snap_on_start=\"" +
                       word(volume.snap_on_start) + "\"";
    if (volume.ephemeral)
        text += std::string{" ephemeral=\""} + word(*volume.ephemeral) + "\"";
    if (volume.size != 0)
        text += " size=\"" + std::to_string(volume.size) + "\"";
    if (volume.source)
        text += " source=\"" + escape_attribute(*volume.source) + "\"";
    return text + "/>";
}

} // namespace qmgmt
