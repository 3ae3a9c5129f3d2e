// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/destination/archive_file.hpp"

#include "backup/fault.hpp"
#include "base/file_lock.hpp"
#include "base/paths.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

namespace qmgmt {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;
constexpr std::uint64_t kept_free = 512 * mib; // of what dom0 starts from
constexpr std::size_t piece = mib;
constexpr std::uint64_t between_looks = 32 * mib;
constexpr std::string_view partial_end = ".partial";

[[noreturn]] void fail_missing(const char* why)
{
    throw BackupError{BackupFault::destination_missing, why};
}

// `failed`, or what is full.
[[noreturn]] void fail(const char* failed)
{
    const int code = errno;
    const std::string detail = std::strerror(code);
    if (code == ENOSPC || code == EDQUOT || code == EFBIG)
        throw BackupError{BackupFault::no_space, "the destination is full", detail};
    throw BackupError{BackupFault::destination_failed, failed, detail};
}

[[noreturn]] void fail_cancelled()
{
    throw BackupError{BackupFault::cancelled, "Backup cancelled"};
}

std::string partial_of(const std::string& name)
{
    return "." + name + std::string{partial_end};
}

std::string start_of_name(const ProfileId& id)
{
    return "qubes-" + id.text() + "-";
}

// "2026-01-31T235959", of this host's clock.
std::string moment(std::time_t time)
{
    std::tm parts{};
    ::localtime_r(&time, &parts);
    std::array<char, 32> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H%M%S", &parts);
    return {text.data(), size};
}

// Whether it has the shape of `moment`: another profile's name may begin as this one's does.
bool is_moment(std::string_view text)
{
    constexpr std::string_view shape = "0000-00-00T000000";
    return std::ranges::equal(text, shape, [](char c, char like) {
        return like == '0' ? c >= '0' && c <= '9' : c == like;
    });
}

} // namespace

ArchiveFile::ArchiveFile(Call& call, const Profile& profile, const StopSignals& stop)
    : call_{call}, profile_{profile}, stop_{stop}
{
    find_place();
    if (::faccessat(directory_.get(), ".", W_OK, AT_EACCESS) != 0)
        fail("the destination cannot be written to");
    struct stat here {};
    struct stat root {};
    on_root_ = ::fstat(directory_.get(), &here) == 0 &&
               ::stat(paths::below_root("/").c_str(), &root) == 0 && here.st_dev == root.st_dev;
    remove_leftovers();
}

ArchiveFile::~ArchiveFile()
{
    if (!partial_.empty())
        ::unlinkat(directory_.get(), partial_.c_str(), 0);
}

void ArchiveFile::find_place()
{
    const auto open_directory = [](const std::string& path) {
        return Fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    };
    const std::string path = paths::below_root(profile_.destination_path);
    directory_ = open_directory(path);
    if (directory_)
        return;
    if (errno != ENOENT && errno != ENOTDIR)
        fail("the destination cannot be opened");
    const auto slash = path.rfind('/');
    directory_ = open_directory(path.substr(0, slash + 1));
    if (!directory_)
        fail_missing("neither the destination nor the directory that would hold it is there");
    name_ = path.substr(slash + 1);
    constexpr std::size_t most = 200; // bytes: what stands around it while it grows needs some, too
    if (name_.size() > most)
        fail_missing("the name of the destination is too long");
}

// Nobody else makes these: the lock of the profile is ours.
void ArchiveFile::remove_leftovers() const
{
    const Fd again{::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    const std::unique_ptr<DIR, int (*)(DIR*)> listing{
        ::fdopendir(::fcntl(again.get(), F_DUPFD_CLOEXEC, 3)), ::closedir};
    if (!listing)
        return;
    const std::string start = "." + start_of_name(profile_.id);
    while (const dirent* entry = ::readdir(listing.get())) {
        const std::string_view name = entry->d_name;
        if (!name.starts_with(start) || !name.ends_with(partial_end) ||
            !is_moment(name.substr(start.size(), name.size() - start.size() - partial_end.size())))
            continue;
        if (is_left_over(std::string{name}))
            ::unlinkat(directory_.get(), entry->d_name, 0);
    }
}

bool ArchiveFile::is_left_over(const std::string& partial) const
{
    const Fd file{::openat(directory_.get(), partial.c_str(),
                           O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
    struct stat facts {};
    return file && ::fstat(file.get(), &facts) == 0 && S_ISREG(facts.st_mode) &&
           try_lock_file(file.get(), LockMode::exclusive);
}

std::uint64_t ArchiveFile::room() const
{
    struct statvfs facts {};
    if (::fstatvfs(directory_.get(), &facts) != 0)
        fail("the destination cannot be looked at");
    const std::uint64_t free = std::uint64_t{facts.f_bavail} * facts.f_frsize;
    const std::uint64_t kept = on_root_ ? kept_free : 0;
    return free > kept ? free - kept : 0;
}

void ArchiveFile::check_room(std::uint64_t usage)
{
    constexpr std::uint64_t overhead_share = 100;
    constexpr std::uint64_t overhead = 64 * mib;
    constexpr std::uint64_t best_compression = 4;
    const std::uint64_t worst = usage + usage / overhead_share + overhead;
    const std::uint64_t free = room();
    const bool compressed = profile_.compression != Compression::none;
    const auto in_mib = [](std::uint64_t bytes) { return std::to_string(bytes / mib) + " MiB"; };
    const std::string numbers =
        in_mib(free) + " are free, up to " + in_mib(worst) + " may be needed";
    if (free < (compressed ? worst / best_compression : worst))
        throw BackupError{BackupFault::no_space, "the destination has too little room: " + numbers};
    if (free < worst)
        call_.warn("the destination may be too small: " + numbers);
}

Fd ArchiveFile::create() const
{
    constexpr mode_t private_file = 0600;
    return Fd{::openat(directory_.get(), partial_.c_str(),
                       O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, private_file)};
}

void ArchiveFile::begin(std::time_t time)
{
    if (name_.empty())
        name_ = start_of_name(profile_.id) + moment(time);
    partial_ = partial_of(name_);
    file_ = create();
    if (!file_ && errno == EEXIST && is_left_over(partial_)) {
        ::unlinkat(directory_.get(), partial_.c_str(), 0);
        file_ = create();
    }
    if (!file_) {
        partial_.clear(); // another's
        fail("the archive cannot be made");
    }
    if (!try_lock_file(file_.get(), LockMode::exclusive))
        fail("the archive cannot be made");
    if (profile_.verify)
        read_back_.emplace(file_.get());
    else
        digest_.emplace();
}

void ArchiveFile::write(std::string_view bytes)
{
    while (!bytes.empty()) {
        if (stop_.arrived())
            fail_cancelled();
        look_after_room();
        const std::string_view part = bytes.substr(0, piece);
        write_piece(part);
        bytes.remove_prefix(part.size());
    }
}

void ArchiveFile::write_piece(std::string_view part)
{
    if (!write_all(file_.get(), part))
        fail("the archive cannot be written");
    written_ += part.size();
    if (read_back_)
        read_back_->wrote(part);
    else
        digest_->update(part);
}

// A full dom0 may not start again. And what has been written goes to the disk now, not all of it
// when the archive is complete and somebody waits.
void ArchiveFile::look_after_room()
{
    if (written_ - looked_at_ < between_looks && written_ != 0)
        return;
    ::sync_file_range(file_.get(), static_cast<off_t>(looked_at_),
                      static_cast<off_t>(written_ - looked_at_), SYNC_FILE_RANGE_WRITE);
    looked_at_ = written_;
    if (on_root_ && room() == 0)
        throw BackupError{BackupFault::no_space, "dom0 would have less than 512 MiB left"};
}

StoredArchive ArchiveFile::finish()
{
    if (stop_.arrived())
        fail_cancelled();
    if (::fsync(file_.get()) != 0)
        fail("the archive cannot be written");
    const auto look = [this] {
        if (stop_.arrived())
            fail_cancelled();
    };
    std::string sha256 = read_back_ ? read_back_->finish(look) : digest_->hex();
    if (stop_.arrived())
        fail_cancelled();
    StoredArchive stored{.name = give_name(), .sha256 = std::move(sha256)};
    partial_.clear();
    if (::fsync(directory_.get()) != 0)
        fail("the archive cannot be written");
    return stored;
}

std::string ArchiveFile::give_name()
{
    constexpr int most = 1000;
    for (int number = 1; number <= most; ++number) {
        std::string name = number == 1 ? name_ : name_ + "-" + std::to_string(number);
        if (::renameat2(directory_.get(), partial_.c_str(), directory_.get(), name.c_str(),
                        RENAME_NOREPLACE) == 0)
            return name;
        // A file system that cannot promise it: then look first.
        struct stat facts {};
        if (errno == EINVAL &&
            ::fstatat(directory_.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0 &&
            errno == ENOENT &&
            ::renameat(directory_.get(), partial_.c_str(), directory_.get(), name.c_str()) == 0)
            return name;
        if (errno != EEXIST && errno != EINVAL && errno != 0)
            fail("the archive cannot be given its name");
    }
    errno = EEXIST;
    fail("the archive cannot be given its name");
}

} // namespace qmgmt
