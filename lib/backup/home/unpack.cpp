// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/fault.hpp"
#include "backup/home/home_tree.hpp"
#include "base/directory_tree.hpp"
#include "base/released_by.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <clocale>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace qmgmt {
namespace {

using Reader = std::unique_ptr<archive, ReleasedBy<archive_read_free>>;
using Disk = std::unique_ptr<archive, ReleasedBy<archive_write_free>>;

constexpr std::string_view above = "dom0-home/";
constexpr std::uint64_t cost_of_entry =
    1024; // of the tar: its header, and what fills up the last block

[[noreturn]] void refuse(const std::string& reason)
{
    throw BackupError{BackupFault::dom0_home_unsafe, "the home in the backup is refused", reason};
}

[[noreturn]] void fail(archive* of)
{
    const int code = archive_errno(of);
    if (code == ENOSPC || code == EDQUOT)
        throw BackupError{BackupFault::no_space, "there is no room for the home in the backup"};
    const char* why = archive_error_string(of);
    refuse(why == nullptr ? "libarchive" : why);
}

// What is below "dom0-home/NAME/"; "." of that itself. Nothing for what is elsewhere, or leads out.
std::optional<std::string> place_of(const char* untrusted_path)
{
    const std::string_view path = untrusted_path == nullptr ? "" : untrusted_path;
    if (!path.starts_with(above))
        return std::nullopt;
    const auto below = path.substr(above.size());
    const auto name = below.substr(0, below.find('/'));
    if (!is_home_name(name))
        return std::nullopt;
    auto rest = below.substr(std::min(below.size(), name.size() + 1));
    while (rest.ends_with('/'))
        rest.remove_suffix(1);
    if (rest.empty())
        return ".";
    for (auto left = std::string{rest} + "/"; !left.empty(); left.erase(0, left.find('/') + 1)) {
        const auto part = left.substr(0, left.find('/'));
        if (part.empty() || part == "." || part == "..")
            return std::nullopt;
    }
    return std::string{rest};
}

class Unpacking {
public:
    Unpacking(int input, std::uint64_t limit) : left_{limit}
    {
        if (!reader_ || !disk_)
            throw BackupError{BackupFault::no_memory, "there is not enough memory for a home"};
        static_cast<void>(std::setlocale(LC_CTYPE, "C.UTF-8")); // or names could not be read
        archive_write_disk_set_options(
            disk_.get(), ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_SPARSE |
                             ARCHIVE_EXTRACT_NO_OVERWRITE | ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                             ARCHIVE_EXTRACT_SECURE_NODOTDOT |
                             ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS);
        if (archive_read_support_format_tar(reader_.get()) != ARCHIVE_OK ||
            archive_read_open_fd(reader_.get(), input, 1 << 16) != ARCHIVE_OK)
            fail(reader_.get());
    }

    void run()
    {
        archive_entry* entry = nullptr;
        for (;;) {
            const int result = archive_read_next_header(reader_.get(), &entry);
            if (result == ARCHIVE_EOF)
                break;
            if (result < ARCHIVE_WARN)
                fail(reader_.get());
            take(entry);
        }
        if (archive_write_close(disk_.get()) != ARCHIVE_OK)
            fail(disk_.get());
    }

private:
    void spend(std::uint64_t bytes)
    {
        if (bytes > left_)
            refuse("it is larger than it says");
        left_ -= bytes;
    }

    void take(archive_entry* entry)
    {
        spend(cost_of_entry);
        const auto place = place_of(archive_entry_pathname(entry));
        if (!place)
            refuse("a name leads elsewhere");
        if (const char* target = archive_entry_hardlink(entry)) {
            const auto existing = place_of(target);
            if (!existing || *existing == ".")
                refuse("a link leads elsewhere");
            archive_entry_copy_hardlink(entry, existing->c_str());
        } else if (const auto type = archive_entry_filetype(entry);
                   type != AE_IFREG && type != AE_IFDIR && type != AE_IFLNK) {
            refuse("there is something else than files, directories and links");
        } else if (*place == "." && type != AE_IFDIR) {
            refuse("it is no directory");
        }
        if (*place == ".")
            return; // made, with rights of its own
        archive_entry_copy_pathname(entry, place->c_str());
        archive_entry_set_perm(entry, archive_entry_perm(entry) & 0777);
        archive_entry_acl_clear(entry);
        archive_entry_xattr_clear(entry);
        archive_entry_set_fflags(entry, 0, 0);
        if (archive_write_header(disk_.get(), entry) != ARCHIVE_OK)
            fail(disk_.get());
        copy();
        if (archive_write_finish_entry(disk_.get()) != ARCHIVE_OK)
            fail(disk_.get());
    }

    void copy()
    {
        const void* data = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        for (;;) {
            const int result = archive_read_data_block(reader_.get(), &data, &size, &offset);
            if (result == ARCHIVE_EOF)
                return;
            if (result < ARCHIVE_WARN)
                fail(reader_.get());
            spend(size);
            if (archive_write_data_block(disk_.get(), data, size, offset) < ARCHIVE_WARN)
                fail(disk_.get());
        }
    }

    Reader reader_{archive_read_new()};
    Disk disk_{archive_write_disk_new()};
    std::uint64_t left_;
};

// A directory that its owner may not enter cannot be emptied either.
bool make_enterable(int parent, const std::string& name)
{
    struct stat facts {};
    if (::fstatat(parent, name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT;
    if (!S_ISDIR(facts.st_mode))
        return true;
    if (::fchmodat(parent, name.c_str(), 0700, 0) != 0)
        return false;
    const Fd directory = open_directory(parent, name);
    std::vector<std::string> names;
    if (!directory || !read_entries(directory.get(), names))
        return false;
    for (const std::string& below : names)
        if (!make_enterable(directory.get(), below))
            return false;
    return true;
}

} // namespace

void unpack_home(int input, std::uint64_t limit)
{
    Unpacking{input, limit}.run();
}

bool remove_home(const std::string& directory)
{
    const auto slash = directory.rfind('/');
    const Fd parent = open_trusted_directory(directory.substr(0, slash + 1));
    const auto name = directory.substr(slash + 1);
    return parent && make_enterable(parent.get(), name) && remove_tree(parent.get(), name);
}

} // namespace qmgmt
