// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/file/file_pool.hpp"

#include "base/error.hpp"
#include "storage/directory/image_list.hpp"
#include "storage/directory/place.hpp"
#include "storage/file/cow_file.hpp"
#include "storage/pool_options.hpp"
#include "storage/purpose.hpp"
#include "storage/volume_state.hpp"

namespace qmgmt {

namespace {

// The files of one volume.
struct Files {
    explicit Files(const std::string& role)
        : image{role + ".img"}, cow{role + "-cow.img"}, old{cow + ".old"}, import{role +
                                                                                  "-import.img"}
    {
    }

    std::string image;
    std::string cow;
    std::string old;
    std::string import;
};

constexpr const char* old_revision = "old";

[[noreturn]] void refuse(const std::string& purpose)
{
    throw Error{failure::unsupported,
                purpose + ": pools of driver 'file' can only be read here: make a pool of driver "
                          "'file-reflink' and clone the qube into it"};
}

// The one file by which a volume of another kind than an origin exists while it runs.
std::string running_file(const Volume& volume, const Files& files)
{
    return volume.kind() == VolumeKind::snapshot ? files.cow : files.image;
}

std::optional<ImageFacts> facts_of(const std::optional<ImageDirectory>& images,
                                   const std::string& name)
{
    return images ? images->facts(name) : std::nullopt;
}

} // namespace

FilePool::FilePool(const PoolConfig& config)
    : name_{config.name}, directory_{pool_directory(config)}, revisions_to_keep_{
                                                                  revisions_to_keep(config, 1)}
{
}

std::string FilePool::new_vid(std::string_view directory, std::string_view qube,
                              std::string_view role) const
{
    return image_vid_text(directory, qube, role);
}

void FilePool::remove(const Volume& volume)
{
    const auto purpose = cannot("remove", volume);
    const auto vid = image_vid(volume.vid, purpose);
    const Files files{vid.role};
    if (const auto images = ImageDirectory::find(directory_, vid, purpose)) {
        images->remove({files.import, files.old, files.cow});
        images->remove({files.image});
        images->remove_if_empty();
    }
}

void FilePool::stop(const Volume& volume)
{
    const auto purpose = cannot("stop", volume);
    const auto vid = image_vid(volume.vid, purpose);
    const Files files{vid.role};
    const auto images = ImageDirectory::find(directory_, vid, purpose);
    if (!images || volume.kind() == VolumeKind::fixed)
        return;
    if (volume.kind() != VolumeKind::origin)
        return images->remove({running_file(volume, files)});
    if (!has_cow_content(*images, files.cow))
        return;
    if (volume.revisions_to_keep > 0)
        images->rename(files.cow, files.old);
    else
        images->remove({files.cow});
}

bool FilePool::is_started(const Volume& volume)
{
    const auto purpose = cannot("examine", volume);
    const auto vid = image_vid(volume.vid, purpose);
    const Files files{vid.role};
    const auto images = ImageDirectory::find(directory_, vid, purpose);
    if (!images || volume.kind() == VolumeKind::fixed)
        return false;
    if (volume.kind() == VolumeKind::origin)
        return has_cow_content(*images, files.cow);
    return images->facts(running_file(volume, files)).has_value();
}

VolumeFacts FilePool::facts(const Volume& volume)
{
    const auto purpose = cannot("examine", volume);
    const auto vid = image_vid(volume.vid, purpose);
    const Files files{vid.role};
    const auto images = ImageDirectory::find(directory_, vid, purpose);
    VolumeFacts found{.size = volume.size, .outdated = false};
    if (const auto cow = facts_of(images, files.cow)) {
        found.usage += cow->allocated;
        if (volume.source)
            found.outdated.reset(); // its files do not tell what they were made from
    }
    auto image = facts_of(images, files.image);
    if (image)
        found.usage += image->allocated;
    if (volume.source) {
        const auto source = image_vid(*volume.source, purpose);
        image =
            facts_of(ImageDirectory::find(directory_, source, purpose), Files{source.role}.image);
    }
    if (image) {
        found.size = image->size;
        found.writable = image->writable;
    }
    return found;
}

std::string FilePool::path(const Volume& volume)
{
    const auto vid = image_vid(volume.vid, cannot("examine", volume));
    const Files files{vid.role};
    return directory_ + "/" + vid.directory + "/" + vid.qube + "/" + running_file(volume, files);
}

std::vector<std::string> FilePool::revisions(const Volume& volume)
{
    const auto purpose = cannot("examine", volume);
    const auto vid = image_vid(volume.vid, purpose);
    const auto images = ImageDirectory::find(directory_, vid, purpose);
    if (facts_of(images, Files{vid.role}.old))
        return {old_revision};
    return {};
}

Fd FilePool::open_committed(const Volume& volume)
{
    const auto purpose = cannot("read", volume);
    const auto vid = image_vid(volume.vid, purpose);
    const Files files{vid.role};
    const auto images = ImageDirectory::find(directory_, vid, purpose);
    if (!images)
        throw Error{failure::storage, purpose + ": it has no image"};
    if (volume_running_in(volume.pool, volume.vid))
        images->refuse("it is in use");
    if (has_cow_content(*images, files.cow))
        images->refuse("it has not been stopped since it ran");
    return images->open_image(files.image);
}

void FilePool::check_room()
{
    check_directory_room(directory_, "cannot use pool '" + name_ + "'");
}

std::optional<PoolUsage> FilePool::usage()
{
    return directory_usage(directory_);
}

std::vector<std::string> FilePool::list()
{
    return list_images(directory_);
}

void FilePool::create(const Volume& volume)
{
    refuse(cannot("create", volume));
}

void FilePool::verify(const Volume& volume)
{
    refuse(cannot("start", volume));
}

bool FilePool::start(const Volume& volume)
{
    refuse(cannot("start", volume));
}

std::optional<BlockPath> FilePool::block_path(const Volume& volume)
{
    refuse(cannot("offer", volume));
}

std::string FilePool::snapshot(const Volume& volume)
{
    refuse(cannot("snapshot", volume));
}

void FilePool::revert(const Volume& volume, const std::string&)
{
    refuse(cannot("revert", volume));
}

std::uint64_t FilePool::resize(const Volume& volume, std::uint64_t)
{
    refuse(cannot("resize", volume));
}

std::unique_ptr<Import> FilePool::begin_import(const Volume& volume, std::uint64_t)
{
    refuse(cannot("import", volume));
}

std::vector<std::string> FilePool::set_up(bool)
{
    refuse("cannot set up pool '" + name_ + "'");
}

} // namespace qmgmt
