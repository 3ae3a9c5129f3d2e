// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/directory/reflink.hpp"

#include "base/error.hpp"
#include "names/number.hpp"
#include "storage/directory/image_import.hpp"
#include "storage/directory/image_list.hpp"
#include "storage/directory/image_name.hpp"
#include "storage/directory/loop_device.hpp"
#include "storage/directory/origin_image.hpp"
#include "storage/directory/place.hpp"
#include "storage/directory/revision.hpp"
#include "storage/pool_options.hpp"
#include "storage/purpose.hpp"

#include <algorithm>

namespace qmgmt {

namespace {

using Effort = ImageDirectory::Effort;

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
    const auto vid = image_vid(*volume.source, purpose);
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
    : name_{config.name}, directory_{pool_directory(config)}, revisions_to_keep_{
                                                                  revisions_to_keep(config)}
{
}

std::string ReflinkPool::new_vid(std::string_view directory, std::string_view qube,
                                 std::string_view role) const
{
    return image_vid_text(directory, qube, role);
}

void ReflinkPool::create(const Volume& volume)
{
    const auto purpose = cannot("create", volume);
    refuse_illegal_kind(volume, purpose);
    const auto vid = image_vid(volume.vid, purpose);
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
    const auto vid = image_vid(volume.vid, purpose);
    if (const auto images = ImageDirectory::find(directory_, vid, purpose)) {
        remove_images(*images, ImageNames{vid.role});
        images->remove_if_empty();
    }
}

void ReflinkPool::verify(const Volume& volume)
{
    const auto purpose = cannot("use", volume);
    refuse_illegal_kind(volume, purpose);
    const auto vid = image_vid(volume.vid, purpose);
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
    const auto vid = image_vid(volume.vid, purpose);
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
    const ImageNames source_names{image_vid(*volume.source, cannot("start", volume)).role};
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
    const auto vid = image_vid(volume.vid, purpose);
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
    const auto vid = image_vid(volume.vid, purpose);
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
    const auto vid = image_vid(volume.vid, purpose);
    const auto images = ImageDirectory::find(directory_, vid, purpose);
    return images && has(*images, ImageNames{vid.role}.dirty());
}

bool ReflinkPool::has_leftovers(const Volume& volume)
{
    const auto purpose = cannot("examine", volume);
    const auto vid = image_vid(volume.vid, purpose);
    const auto images = ImageDirectory::find(directory_, vid, purpose);
    const ImageNames names{vid.role};
    return images && std::ranges::any_of(images->entries(), [&](const std::string& entry) {
               return entry == names.imported() || names.is_temporary(entry);
           });
}

std::optional<BlockPath> ReflinkPool::block_path(const Volume& volume)
{
    const auto purpose = cannot("offer", volume);
    const auto vid = image_vid(volume.vid, purpose);
    const auto name = ImageNames{vid.role}.dirty();
    const auto images = ImageDirectory::find(directory_, vid, purpose);
    if (!images || !has(*images, name))
        throw Error{failure::storage, purpose + ": it is not started"};
    return BlockPath{.path = path_of(vid, name), .block_device = false};
}

std::string ReflinkPool::path_of(const ImageVid& vid, const std::string& name) const
{
    return directory_ + "/" + vid.directory + "/" + vid.qube + "/" + name;
}

ImageDirectory ReflinkPool::images_of(const Volume& volume, const std::string& purpose) const
{
    auto images = ImageDirectory::find(directory_, image_vid(volume.vid, purpose), purpose);
    if (!images)
        throw Error{failure::storage, purpose + ": it has no image"};
    return *std::move(images);
}

VolumeFacts ReflinkPool::facts(const Volume& volume)
{
    const auto purpose = cannot("examine", volume);
    const auto vid = image_vid(volume.vid, purpose);
    const ImageNames names{vid.role};
    VolumeFacts found{.size = volume.size, .outdated = false};
    const auto images = ImageDirectory::find(directory_, vid, purpose);
    auto image = images ? images->facts(names.dirty()) : std::nullopt;
    const bool runs = image.has_value();
    if (images && !runs)
        image = images->facts(names.clean());
    if (image) {
        found.size = image->size;
        found.usage = image->allocated;
        found.writable = image->writable;
    }
    if (!volume.source)
        return found;
    const auto source_vid = image_vid(*volume.source, purpose);
    const auto source = ImageDirectory::find(directory_, source_vid, purpose);
    const std::string original = ImageNames{source_vid.role}.clean();
    const auto original_facts = source ? source->facts(original) : std::nullopt;
    if (!runs) {
        found.size = original_facts ? original_facts->size : volume.size;
        found.usage = 0;
    } else if (original_facts && has(*images, names.clean())) {
        found.outdated = !images->is_link_of(names.clean(), *source, original);
    }
    return found;
}

std::string ReflinkPool::path(const Volume& volume)
{
    const auto vid = image_vid(volume.vid, cannot("examine", volume));
    return path_of(vid, ImageNames{vid.role}.dirty());
}

std::vector<std::string> ReflinkPool::revisions(const Volume& volume)
{
    const auto purpose = cannot("examine", volume);
    const auto vid = image_vid(volume.vid, purpose);
    std::vector<std::string> ids;
    if (const auto images = ImageDirectory::find(directory_, vid, purpose))
        for (const Revision& revision : qmgmt::revisions(*images, ImageNames{vid.role}))
            ids.push_back(std::to_string(revision.number));
    return ids;
}

std::string ReflinkPool::snapshot(const Volume& volume)
{
    const auto purpose = cannot("snapshot", volume);
    const auto images = images_of(volume, purpose);
    const ImageNames names{image_vid(volume.vid, purpose).role};
    remove_leftovers(images, names);
    return std::to_string(snapshot_origin(images, names));
}

void ReflinkPool::revert(const Volume& volume, const std::string& revision)
{
    const auto purpose = cannot("revert", volume);
    const auto images = images_of(volume, purpose);
    const ImageNames names{image_vid(volume.vid, purpose).role};
    if (has(images, names.dirty()))
        images.refuse("it is started");
    remove_leftovers(images, names);
    // no number has this length or form but its own
    revert_origin(images, names, parse_decimal(revision).value_or(0), volume.revisions_to_keep);
}

std::uint64_t ReflinkPool::resize(const Volume& volume, std::uint64_t size)
{
    constexpr std::uint64_t sector = 512; // loop devices cut off what is no whole one
    const auto purpose = cannot("resize", volume);
    const auto images = images_of(volume, purpose);
    const ImageNames names{image_vid(volume.vid, purpose).role};
    const std::uint64_t rounded = (size + sector - 1) / sector * sector;
    if (facts(volume).size >= rounded)
        return facts(volume).size;
    remove_leftovers(images, names);
    grow_origin(images, names, rounded, volume.revisions_to_keep);
    if (is_started(volume))
        resize_loop_devices(path(volume), purpose);
    return rounded;
}

std::unique_ptr<Import> ReflinkPool::begin_import(const Volume& volume, std::uint64_t size)
{
    const auto purpose = cannot("import", volume);
    const auto vid = image_vid(volume.vid, purpose);
    const ImageNames names{vid.role};
    auto images = ImageDirectory::make(directory_, vid, purpose);
    if (has(images, names.dirty()))
        images.refuse("it is started");
    remove_leftovers(images, names);
    const auto told = [this, purpose](const std::string& warning) {
        warn(purpose + ": " + warning + ", ignoring");
    };
    return std::make_unique<ImageImport>(std::move(images), names, size, volume.revisions_to_keep,
                                         told);
}

Fd ReflinkPool::open_committed(const Volume& volume)
{
    const auto purpose = cannot("read", volume);
    const auto images = images_of(volume, purpose);
    const ImageNames names{image_vid(volume.vid, purpose).role};
    if (!has(images, names.clean()) && has(images, names.dirty()))
        images.refuse("it runs with snapshots disabled");
    return images.open_image(names.clean());
}

BlockPath ReflinkPool::export_committed(const Volume& volume, const std::string& key)
{
    const auto purpose = cannot("attach", volume);
    const auto images = images_of(volume, purpose);
    const ImageNames names{image_vid(volume.vid, purpose).role};
    export_origin(images, names, names.exported(key), volume.revisions_to_keep);
    return exported(volume, key);
}

BlockPath ReflinkPool::export_live(const Volume& volume, const std::string& key)
{
    const auto purpose = cannot("read", volume);
    const auto images = images_of(volume, purpose);
    const ImageNames names{image_vid(volume.vid, purpose).role};
    export_running(images, names, names.exported(key), volume.revisions_to_keep);
    return exported(volume, key);
}

BlockPath ReflinkPool::exported(const Volume& volume, const std::string& key)
{
    const auto purpose = cannot("attach", volume);
    const auto vid = image_vid(volume.vid, purpose);
    const auto name = ImageNames{vid.role}.exported(key);
    if (!has(images_of(volume, purpose), name))
        throw Error{failure::storage, purpose + ": it is not prepared for that"};
    return BlockPath{.path = path_of(vid, name), .block_device = false};
}

void ReflinkPool::drop_export(const Volume& volume, const std::string& key)
{
    const auto purpose = cannot("detach", volume);
    const auto vid = image_vid(volume.vid, purpose);
    if (const auto images = ImageDirectory::find(directory_, vid, purpose))
        images->remove({ImageNames{vid.role}.exported(key)});
}

std::vector<std::string> ReflinkPool::exports(const Volume& volume)
{
    const auto purpose = cannot("examine", volume);
    const auto vid = image_vid(volume.vid, purpose);
    std::vector<std::string> keys;
    if (const auto images = ImageDirectory::find(directory_, vid, purpose))
        for (const auto& entry : images->entries())
            if (auto key = ImageNames{vid.role}.exported_key(entry))
                keys.push_back(*std::move(key));
    return keys;
}

bool ReflinkPool::is_used_by_host(const Volume& volume)
{
    const auto vid = image_vid(volume.vid, cannot("examine", volume));
    return has_loop_device(path_of(vid, ImageNames{vid.role}.clean()));
}

void ReflinkPool::check_room()
{
    check_directory_room(directory_, "cannot use pool '" + name_ + "'");
}

std::optional<PoolUsage> ReflinkPool::usage()
{
    return directory_usage(directory_);
}

std::vector<std::string> ReflinkPool::set_up(bool check)
{
    return set_up_directory(directory_, check, "cannot set up pool '" + name_ + "'");
}

void ReflinkPool::take_back(const std::vector<std::string>& made)
{
    take_back_directories(made);
}

std::vector<std::string> ReflinkPool::list()
{
    return list_images(directory_);
}

} // namespace qmgmt
