// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/directory/image_directory.hpp"

#include "base/directory_tree.hpp"
#include "base/error.hpp"
#include "storage/directory/replacement.hpp"
#include "storage/directory/sparse_copy.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace qmgmt {

namespace {

constexpr const char* source_attribute = "user.qubes.source";

ImageFacts facts_of(const struct stat& facts)
{
    return {.size = static_cast<std::uint64_t>(facts.st_size),
            .allocated = static_cast<std::uint64_t>(facts.st_blocks) * 512,
            .modified = facts.st_mtim,
            .writable = (facts.st_mode & S_IWUSR) != 0};
}

std::string source_mark(const struct stat& facts)
{
    const auto nanoseconds =
        static_cast<std::int64_t>(facts.st_mtim.tv_sec) * 1'000'000'000 + facts.st_mtim.tv_nsec;
    return std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino) + ":" +
           std::to_string(nanoseconds);
}

} // namespace

bool ImageFacts::same_state(const ImageFacts& other) const
{
    return size == other.size && modified.tv_sec == other.modified.tv_sec &&
           modified.tv_nsec == other.modified.tv_nsec;
}

ImageDirectory::ImageDirectory(Fd parent, Fd self, ImageVid vid, std::string purpose)
    : parent_{std::move(parent)}, self_{std::move(self)}, vid_{std::move(vid)}, purpose_{std::move(
                                                                                    purpose)}
{
}

std::optional<ImageDirectory> ImageDirectory::find(const std::string& pool_directory,
                                                   const ImageVid& vid, std::string purpose)
{
    const Fd pool = open_trusted_directory(pool_directory);
    Fd parent = pool ? open_directory(pool.get(), vid.directory) : Fd{};
    Fd self = parent ? open_directory(parent.get(), vid.qube) : Fd{};
    if (self)
        return ImageDirectory{std::move(parent), std::move(self), vid, std::move(purpose)};
    if (errno == ENOENT)
        return std::nullopt;
    throw_errno(failure::storage,
                std::move(purpose) + ": the directory of its images cannot be opened",
                pool_directory);
}

ImageDirectory ImageDirectory::make(const std::string& pool_directory, const ImageVid& vid,
                                    std::string purpose)
{
    const Fd pool = open_trusted_directory(pool_directory);
    if (!pool)
        throw_errno(failure::storage,
                    std::move(purpose) + ": the directory of the pool cannot be opened",
                    pool_directory);
    Fd parent = make_directory(pool.get(), vid.directory);
    Fd self = parent ? make_directory(parent.get(), vid.qube) : Fd{};
    if (!self)
        throw_errno(failure::storage,
                    std::move(purpose) + ": the directory of its images cannot be made",
                    pool_directory);
    return ImageDirectory{std::move(parent), std::move(self), vid, std::move(purpose)};
}

void ImageDirectory::refuse(const std::string& reason) const
{
    throw Error{failure::storage, purpose_ + ": " + reason};
}

void ImageDirectory::fail(const std::string& reason, const std::string& name,
                          std::uint64_t needed) const
{
    const int code = errno;
    const std::string where = vid_.directory + "/" + vid_.qube + "/" + name;
    struct statvfs free {};
    if ((code == ENOSPC || code == EDQUOT) && ::fstatvfs(self_.get(), &free) == 0) {
        const auto bytes = static_cast<std::uint64_t>(free.f_bavail) * free.f_frsize;
        throw Error{failure::no_space,
                    purpose_ + ": no space left, " + std::to_string(needed) + " bytes needed, " +
                        std::to_string(bytes) + " free",
                    where + ": " + std::strerror(code)};
    }
    errno = code;
    throw_errno(failure::storage, purpose_ + ": " + reason, where);
}

std::vector<std::string> ImageDirectory::entries() const
{
    std::vector<std::string> names;
    if (!read_entries(self_.get(), names))
        fail("the directory of its images cannot be read", {});
    return names;
}

std::optional<ImageFacts> ImageDirectory::facts(const std::string& name) const
{
    struct stat facts {};
    if (::fstatat(self_.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT)
            return std::nullopt;
        fail("an image cannot be examined", name);
    }
    if (!S_ISREG(facts.st_mode))
        refuse("one of its images is not a regular file");
    return facts_of(facts);
}

Fd ImageDirectory::open_image(const std::string& name) const
{
    return open_regular(name, O_RDONLY);
}

Fd ImageDirectory::open_for_writing(const std::string& name) const
{
    return open_regular(name, O_RDWR);
}

Fd ImageDirectory::open_regular(const std::string& name, int flags) const
{
    // never waits, should a FIFO stand where the image belongs
    Fd fd{::openat(self_.get(), name.c_str(),
                   flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    struct stat facts {};
    if (!fd || ::fstat(fd.get(), &facts) != 0)
        fail("an image cannot be opened", name);
    if (!S_ISREG(facts.st_mode))
        refuse("one of its images is not a regular file");
    return fd;
}

void ImageDirectory::set_size(int fd, const std::string& name, std::uint64_t size) const
{
    if (size > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()))
        refuse("its size is too large");
    if (::ftruncate(fd, static_cast<off_t>(size)) == 0)
        return;
    if (errno == EFBIG || errno == EINVAL)
        refuse("the file system takes no image of " + std::to_string(size) + " bytes");
    fail("an image cannot be given its size", name);
}

void ImageDirectory::create_empty(const std::string& name, std::uint64_t size) const
{
    Replacement image{self_.get(), name};
    if (!image)
        fail("an image cannot be made", name);
    set_size(image.fd(), name, size);
    if (!image.finish())
        fail("an image cannot be finished", name);
}

void ImageDirectory::grow(const std::string& name, std::uint64_t size) const
{
    const Fd image = open_for_writing(name);
    set_size(image.get(), name, size);
    if (::fsync(image.get()) != 0)
        fail("an image cannot be written to the disk", name);
}

bool ImageDirectory::replace_by_larger(const std::string& name, std::uint64_t size) const
{
    return clone_from(*this, name, name, {.least_size = size});
}

bool ImageDirectory::clone(const std::string& from, const std::string& to, Effort effort) const
{
    return clone_from(*this, from, to, {.effort = effort});
}

bool ImageDirectory::clone_from(const ImageDirectory& source, const std::string& from,
                                const std::string& to, const CloneOptions& options) const
{
    const Fd original = source.open_image(from);
    struct stat facts {};
    if (::fstat(original.get(), &facts) != 0)
        fail("an image cannot be examined", from);
    const std::uint64_t needed = facts_of(facts).allocated;

    Replacement image{self_.get(), to};
    if (!image)
        fail("an image cannot be made", to);
    const bool shared = reflink(original.get(), image.fd());
    if (!shared) {
        if (!cannot_share(errno))
            fail("an image cannot be cloned", to, needed);
        if (options.effort == Effort::share_only)
            return false;
        if (!sparse_copy(original.get(), image.fd()))
            fail("an image cannot be copied", to, needed);
    }
    if (options.least_size > facts_of(facts).size)
        set_size(image.fd(), to, options.least_size);
    if (options.record_source) {
        const auto mark = source_mark(facts);
        if (::fsetxattr(image.fd(), source_attribute, mark.data(), mark.size(), 0) != 0 &&
            errno != ENOTSUP)
            fail("the source of an image cannot be noted", to);
    }
    const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, facts.st_mtim};
    if (::futimens(image.fd(), times) != 0)
        fail("the time of an image cannot be set", to);
    if (!image.finish())
        fail("an image cannot be finished", to, needed);
    return shared;
}

void ImageDirectory::link(const ImageDirectory& source, const std::string& from,
                          const std::string& to) const
{
    if (::linkat(source.self_.get(), from.c_str(), self_.get(), to.c_str(), 0) == 0)
        return sync();
    // EPERM: fs.protected_hardlinks, for an image that another user owns; EMLINK: too many users
    if (errno != EXDEV && errno != EMLINK && errno != EPERM)
        fail("the image of its source cannot be linked", to);
    static_cast<void>(clone_from(source, from, to, {.record_source = true}));
}

bool ImageDirectory::is_link_of(const std::string& name, const ImageDirectory& source,
                                const std::string& from) const
{
    struct stat own {};
    struct stat original {};
    if (::fstatat(self_.get(), name.c_str(), &own, AT_SYMLINK_NOFOLLOW) != 0 ||
        ::fstatat(source.self_.get(), from.c_str(), &original, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT)
            return false;
        fail("an image cannot be examined", name);
    }
    if (own.st_dev == original.st_dev && own.st_ino == original.st_ino)
        return true;
    std::array<char, 128> mark{};
    const ssize_t length =
        ::fgetxattr(open_image(name).get(), source_attribute, mark.data(), mark.size());
    return length > 0 &&
           std::string_view{mark.data(), static_cast<std::size_t>(length)} == source_mark(original);
}

void ImageDirectory::rename(const std::string& from, const std::string& to) const
{
    if (::renameat(self_.get(), from.c_str(), self_.get(), to.c_str()) != 0)
        fail("an image cannot be renamed", from);
    sync();
}

void ImageDirectory::flush(const std::string& name) const
{
    const Fd image = open_image(name);
    if (::fsync(image.get()) != 0)
        fail("an image cannot be written to the disk", name);
}

void ImageDirectory::remove(const std::vector<std::string>& names) const
{
    bool removed = false;
    for (const auto& name : names) {
        if (::unlinkat(self_.get(), name.c_str(), 0) == 0)
            removed = true;
        else if (errno != ENOENT)
            fail("an image cannot be removed", name);
    }
    if (removed)
        sync();
}

void ImageDirectory::remove_if_empty() const
{
    if (::unlinkat(parent_.get(), vid_.qube.c_str(), AT_REMOVEDIR) == 0) {
        if (::fsync(parent_.get()) != 0)
            fail("a directory cannot be written to the disk", {});
        return;
    }
    if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOENT)
        fail("the directory of its images cannot be removed", {});
}

void ImageDirectory::sync() const
{
    if (::fsync(self_.get()) != 0)
        fail("the directory of its images cannot be written to the disk", {});
}

ImageVid image_vid(const std::string& vid, const std::string& purpose)
{
    if (auto parsed = ImageVid::parse(vid))
        return *std::move(parsed);
    throw Error{failure::storage, purpose + ": its vid does not fit this kind of pool"};
}

} // namespace qmgmt
