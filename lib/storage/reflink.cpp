// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/reflink.hpp"

#include "base/error.hpp"
#include "storage/image_list.hpp"
#include "storage/image_name.hpp"
#include "storage/origin_image.hpp"
#include "storage/pool_options.hpp"

#include <cerrno>
#include <sys/statvfs.h>

namespace qmgmt {

namespace {

using Effort = ImageDirectory::Effort;

std::string cannot(std::string_view verb, const Volume& volume)
{
    return "cannot " + std::string{verb} + " '" + volume.pool + ":" + volume.vid + "'";
}

ImageVid parse_vid(const std::string& vid, const std::string& purpose)
{
    if (auto parsed = ImageVid::parse(vid))
        return *std::move(parsed);
    throw Error{failure::storage, purpose + ": its vid does not fit this kind of pool"};
}

bool has(const ImageDirectory& images, const std::string& name)
{
    return images.facts(name).has_value();
}

// The directory of the source of a snapshot, checked to hold a committed image.
ImageDirectory find_source(const std::string& pool_directory, const Volume& volume,
                           const std::string& purpose)
{
    if (!volume.source)
        throw Error{failure::storage, purpose + ": it has no source"};
    const auto vid = parse_vid(*volume.source, purpose);
    if (*volume.source == volume.vid)
        throw Error{failure::storage, purpose + ": it is its own source"};
    auto source = ImageDirectory::find(pool_directory, vid, purpose);
    const ImageNames names{vid.role};
    if (source && has(*source, names.clean()))
        return *std::move(source);
    if (source && has(*source, names.dirty()))
        source->refuse("its source runs with snapshots disabled");
    throw Error{failure::storage, purpose + ": its source '" + *volume.source + "' has no image"};
}

void refuse_illegal_kind(const Volume& volume, const std::string& purpose)
{
    if (volume.snap_on_start && volume.save_on_stop)
        throw Error{failure::unsupported,
                    purpose + ": a volume with a source cannot keep its changes"};
}

} // namespace

ReflinkPool::ReflinkPool(const PoolConfig& config)
    : directory_{pool_directory(config)}, revisions_to_keep_{revisions_to_keep(config)}
{
}

std::string ReflinkPool::new_vid(std::string_view directory, std::string_view qube,
                                 std::string_view role) const
{
    std::string vid{directory};
    vid.append("/").append(qube).append("/").append(role);
    return vid;
}

void ReflinkPool::create(const Volume& volume)
{
    const auto purpose = cannot("create", volume);
    refuse_illegal_kind(volume, purpose);
    const auto vid = parse_vid(volume.vid, purpose);
    const ImageNames names{vid.role};
    if (volume.kind() != VolumeKind::origin) {
        if (const auto images = ImageDirectory::find(directory_, vid, purpose))
            remove_images(*images, names);
        return;
    }
    const auto images = ImageDirectory::make(directory_, vid, purpose);
    make_origin(images, names, volume.size, volume.revisions_to_keep);
}

void ReflinkPool::remove(const Volume& volume)
{
    const auto purpose = cannot("remove", volume);
    const auto vid = parse_vid(volume.vid, purpose);
    if (const auto images = ImageDirectory::find(directory_, vid, purpose)) {
        remove_images(*images, ImageNames{vid.role});
        images->remove_if_empty();
    }
}

void ReflinkPool::verify(const Volume& volume)
{
    const auto purpose = cannot("use", volume);
    refuse_illegal_kind(volume, purpose);
    const auto vid = parse_vid(volume.vid, purpose);
    if (volume.kind() == VolumeKind::snapshot)
        static_cast<void>(find_source(directory_, volume, purpose));
    if (volume.kind() != VolumeKind::origin)
        return;
    const ImageNames names{vid.role};
    const auto images = ImageDirectory::find(directory_, vid, purpose);
    // with snapshots disabled a crash leaves the running image alone
    if (!images || (!has(*images, names.clean()) && !has(*images, names.dirty())))
        throw Error{failure::storage, purpose + ": it has no image"};
}

bool ReflinkPool::start(const Volume& volume)
{
    const auto purpose = cannot("start", volume);
    refuse_illegal_kind(volume, purpose);
    const auto vid = parse_vid(volume.vid, purpose);
    const ImageNames names{vid.role};
    if (volume.kind() == VolumeKind::origin) {
        const auto images = ImageDirectory::find(directory_, vid, purpose);
        if (!images)
            throw Error{failure::storage, purpose + ": it has no image"};
        remove_leftovers(*images, names);
        return start_origin(*images, names, volume.revisions_to_keep);
    }
    const auto images = ImageDirectory::make(directory_, vid, purpose);
    remove_leftovers(images, names);
    if (volume.kind() == VolumeKind::snapshot) {
        start_snapshot(volume, images, names);
        return true;
    }
    images.remove({names.dirty()});
    images.create_empty(names.dirty(), volume.size);
    return true;
}

void ReflinkPool::start_snapshot(const Volume& volume, const ImageDirectory& images,
                                 const ImageNames& names)
{
    const auto source = find_source(directory_, volume, cannot("start", volume));
    const ImageNames source_names{parse_vid(*volume.source, cannot("start", volume)).role};
    images.remove({names.dirty(), names.clean()}); // never continued: a start promises a fresh copy
    try {
        images.link(source, source_names.clean(), names.clean());
        static_cast<void>(images.clone(names.clean(), names.dirty(), Effort::copy));
    } catch (const Error&) {
        images.remove({names.clean()}); // it would keep the blocks of an old source
        throw;
    }
}

void ReflinkPool::stop(const Volume& volume)
{
    const auto purpose = cannot("stop", volume);
    const auto vid = parse_vid(volume.vid, purpose);
    const ImageNames names{vid.role};
    const auto images = ImageDirectory::find(directory_, vid, purpose);
    if (!images)
        return;
    remove_leftovers(*images, names);
    if (volume.kind() != VolumeKind::origin)
        return images->remove({names.dirty(), names.clean()});
    for (const auto& warning : commit_origin(*images, names, volume.revisions_to_keep))
        warn("while stopping '" + volume.pool + ":" + volume.vid + "': " + warning + ", ignoring");
}

void ReflinkPool::abort(const Volume& volume)
{
    const auto purpose = cannot("take back the start of", volume);
    const auto vid = parse_vid(volume.vid, purpose);
    const ImageNames names{vid.role};
    const auto images = ImageDirectory::find(directory_, vid, purpose);
    if (!images)
        return;
    remove_leftovers(*images, names);
    if (volume.kind() == VolumeKind::origin)
        abort_origin(*images, names);
    else
        images->remove({names.dirty(), names.clean()});
}

bool ReflinkPool::is_started(const Volume& volume)
{
    const auto purpose = cannot("examine", volume);
    const auto vid = parse_vid(volume.vid, purpose);
    const auto images = ImageDirectory::find(directory_, vid, purpose);
    return images && has(*images, ImageNames{vid.role}.dirty());
}

std::optional<BlockPath> ReflinkPool::block_path(const Volume& volume)
{
    const auto purpose = cannot("offer", volume);
    const auto vid = parse_vid(volume.vid, purpose);
    const auto name = ImageNames{vid.role}.dirty();
    const auto images = ImageDirectory::find(directory_, vid, purpose);
    if (!images || !has(*images, name))
        throw Error{failure::storage, purpose + ": it is not started"};
    return BlockPath{.path = directory_ + "/" + vid.directory + "/" + vid.qube + "/" + name,
                     .block_device = false};
}

std::optional<PoolUsage> ReflinkPool::usage()
{
    struct statvfs facts {};
    if (::statvfs(directory_.c_str(), &facts) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return std::nullopt;
        throw_errno(failure::storage, "cannot measure a pool: its directory cannot be examined",
                    directory_);
    }
    return PoolUsage{.size = static_cast<std::uint64_t>(facts.f_frsize) * facts.f_blocks,
                     .usage = static_cast<std::uint64_t>(facts.f_frsize) *
                              (facts.f_blocks - facts.f_bfree)};
}

std::vector<std::string> ReflinkPool::list()
{
    return list_images(directory_);
}

} // namespace qmgmt
