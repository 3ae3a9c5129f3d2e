// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/export_journal.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/file_lock.hpp"
#include "base/paths.hpp"
#include "state/runtime.hpp"
#include "storage/pool.hpp"

#include <algorithm>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::string_view ending = ".run";
constexpr std::size_t most_bytes = std::size_t{4} << 20;

std::string directory()
{
    return paths::below_root(paths::kept_of_backups);
}

std::vector<std::string> paths_of_all()
{
    std::vector<std::string> found;
    const std::unique_ptr<DIR, int (*)(DIR*)> listing{::opendir(directory().c_str()), ::closedir};
    while (const dirent* entry = listing ? ::readdir(listing.get()) : nullptr)
        if (const std::string_view name = entry->d_name; name.ends_with(ending))
            found.push_back(directory() + "/" + std::string{name});
    std::ranges::sort(found);
    return found;
}

// "POOL VID KEY": none of them holds a blank. A line that was cut off named nothing that was made.
std::vector<ExportJournal::Entry> parse(std::string_view text)
{
    std::vector<ExportJournal::Entry> entries;
    while (text.find('\n') != std::string_view::npos) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(line.size() + 1);
        const auto first = line.find(' ');
        const auto last = line.rfind(' ');
        if (first == std::string_view::npos || first == last ||
            !is_export_key(line.substr(last + 1)))
            continue;
        entries.push_back({std::string{line.substr(0, first)},
                           std::string{line.substr(first + 1, last - first - 1)},
                           std::string{line.substr(last + 1)}});
    }
    return entries;
}

bool is_same_file(int fd, const std::string& path)
{
    struct stat own {};
    struct stat present {};
    return ::fstat(fd, &own) == 0 && ::lstat(path.c_str(), &present) == 0 &&
           own.st_dev == present.st_dev && own.st_ino == present.st_ino;
}

bool is_locked_by_others(int fd)
{
    struct flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    return ::fcntl(fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

} // namespace

Volume ExportJournal::Entry::volume() const
{
    return {.pool = pool, .vid = vid, .rw = true, .save_on_stop = true};
}

// The lock comes after the file is there: whoever finds it without one takes it for abandoned, and
// then it is not this file any more.
std::optional<ExportJournal> ExportJournal::take(const std::string& path, int flags)
{
    Fd fd{::open(path.c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0660)};
    if (!fd || !try_lock_file(fd.get(), LockMode::exclusive) || !is_same_file(fd.get(), path))
        return std::nullopt;
    if ((flags & O_CREAT) != 0)
        ::fchmod(fd.get(), 0660); // the umask of a call would keep it from the group
    return ExportJournal{path, std::move(fd)};
}

std::optional<ExportJournal> ExportJournal::begin(const std::string& name)
{
    const auto path = lasting_file("backup/" + name + std::string{ending});
    constexpr int tries = 3;
    for (int left = tries; left > 0; --left) {
        if (auto made = take(path, O_CREAT | O_EXCL)) {
            flush_directory_of(path);
            return made;
        }
        if (::access(path.c_str(), F_OK) == 0)
            return std::nullopt;
    }
    throw_errno(failure::failed, "cannot write down what is read", path);
}

std::vector<ExportJournal> ExportJournal::abandoned()
{
    std::vector<ExportJournal> found;
    for (const auto& path : paths_of_all()) {
        auto one = take(path, 0);
        if (!one)
            continue;
        one->entries_ = parse(read_at(one->fd_.get(), 0, most_bytes));
        found.push_back(*std::move(one));
    }
    return found;
}

bool ExportJournal::holds(const Entry& entry)
{
    return std::ranges::any_of(paths_of_all(), [&](const std::string& path) {
        const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
        if (!fd || !is_locked_by_others(fd.get()))
            return false;
        const auto entries = parse(read_at(fd.get(), 0, most_bytes));
        return std::ranges::find(entries, entry) != entries.end();
    });
}

void ExportJournal::add(Entry entry)
{
    const auto line = entry.pool + " " + entry.vid + " " + entry.key + "\n";
    entries_.push_back(std::move(entry));
    if (::lseek(fd_.get(), 0, SEEK_END) < 0 || !write_all(fd_.get(), line) ||
        ::fdatasync(fd_.get()) != 0)
        throw_errno(failure::failed, "cannot write down what is read", path_);
}

void ExportJournal::end()
{
    if (::unlink(path_.c_str()) != 0)
        throw_errno(failure::failed, "cannot remove the record of what is read", path_);
    fd_.reset();
}

} // namespace qmgmt
