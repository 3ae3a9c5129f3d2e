// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/fault.hpp"
#include "backup/home/home_tree.hpp"
#include "base/released_by.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <clocale>
#include <functional>
#include <memory>
#include <unistd.h>
#include <vector>

namespace qmgmt {
namespace {

using Reader = std::unique_ptr<archive, ReleasedBy<archive_read_free>>;
using Writer = std::unique_ptr<archive, ReleasedBy<archive_write_free>>;
using Entry = std::unique_ptr<archive_entry, ReleasedBy<archive_entry_free>>;
using Links =
    std::unique_ptr<archive_entry_linkresolver, ReleasedBy<archive_entry_linkresolver_free>>;

constexpr std::size_t longest_name = 32;
constexpr std::size_t block_of_disk = 512;

[[noreturn]] void fail(const std::string& what, archive* from)
{
    const char* why = archive_error_string(from);
    throw BackupError{BackupFault::read_error, "the home of dom0's user cannot be " + what,
                      why == nullptr ? "libarchive" : why};
}

// Gone since its name was read, or not for its user.
bool may_be_missing(archive* reader)
{
    const int code = archive_errno(reader);
    return code == ENOENT || code == EACCES || code == EPERM || code == ENOTDIR;
}

bool is_kept(archive_entry* entry)
{
    const auto type = archive_entry_filetype(entry);
    return type == AE_IFREG || type == AE_IFDIR || type == AE_IFLNK;
}

// Without holes.
std::uint64_t data_of(archive_entry* entry)
{
    if (archive_entry_sparse_reset(entry) == 0)
        return static_cast<std::uint64_t>(archive_entry_size(entry));
    std::uint64_t bytes = 0;
    la_int64_t offset = 0;
    la_int64_t length = 0;
    while (archive_entry_sparse_next(entry, &offset, &length) == ARCHIVE_OK)
        bytes += static_cast<std::uint64_t>(length);
    return bytes;
}

Reader open_tree(const std::string& home)
{
    Reader reader{archive_read_disk_new()};
    if (!reader)
        throw BackupError{BackupFault::no_memory, "there is not enough memory to read a home"};
    archive_read_disk_set_symlink_physical(reader.get());
    archive_read_disk_set_behavior(reader.get(),
                                   ARCHIVE_READDISK_NO_TRAVERSE_MOUNTS | ARCHIVE_READDISK_NO_XATTR |
                                       ARCHIVE_READDISK_NO_ACL | ARCHIVE_READDISK_NO_FFLAGS);
    if (::chdir(home.c_str()) != 0 || archive_read_disk_open(reader.get(), ".") != ARCHIVE_OK)
        throw BackupError{BackupFault::read_error, "the home of dom0's user cannot be opened",
                          home};
    return reader;
}

// Every entry but the missing ones, which are counted.
void walk(archive* reader, HomeFacts& facts, const std::function<void(Entry entry)>& visit)
{
    for (;;) {
        Entry entry{archive_entry_new()};
        const int result = archive_read_next_header2(reader, entry.get());
        if (result == ARCHIVE_EOF)
            return;
        if (result < ARCHIVE_WARN) {
            if (!may_be_missing(reader))
                fail("read", reader);
            facts.left_out += archive_errno(reader) == ENOENT ? 0 : 1;
            if (result == ARCHIVE_FATAL)
                fail("read", reader);
            continue;
        }
        if (archive_entry_filetype(entry.get()) == AE_IFDIR)
            archive_read_disk_descend(reader);
        if (!is_kept(entry.get()))
            continue;
        ++facts.files;
        visit(std::move(entry));
    }
}

class Packing {
public:
    Packing(const std::string& name, int output) : place_{"dom0-home/" + name}
    {
        // In tars names are UTF-8, or said to be mere bytes; which they are, libarchive asks the
        // locale.
        static_cast<void>(std::setlocale(LC_CTYPE, "C.UTF-8"));
        if (!writer_ || !links_ ||
            archive_write_set_format_pax_restricted(writer_.get()) != ARCHIVE_OK ||
            archive_write_set_bytes_per_block(writer_.get(), 1 << 16) != ARCHIVE_OK ||
            archive_write_set_bytes_in_last_block(writer_.get(), 1) != ARCHIVE_OK ||
            archive_write_open_fd(writer_.get(), output) != ARCHIVE_OK)
            fail("packed", writer_.get());
        archive_entry_linkresolver_set_strategy(links_.get(), ARCHIVE_FORMAT_TAR_PAX_RESTRICTED);
    }

    void add(archive* reader, Entry entry, HomeFacts& facts)
    {
        const std::string path = archive_entry_pathname(entry.get());
        archive_entry_copy_pathname(entry.get(), (place_ + path.substr(1)).c_str()); // "./x"
        const bool has_data = archive_entry_filetype(entry.get()) == AE_IFREG;
        Block block;
        // before anything names it: what cannot be opened is not there
        if (has_data && !next(reader, block)) {
            ++facts.left_out;
            return;
        }
        archive_entry* present = entry.release();
        archive_entry* spare = nullptr;
        archive_entry_linkify(links_.get(), &present, &spare);
        entry.reset(present);
        const Entry unused{spare};
        if (archive_write_header(writer_.get(), entry.get()) < ARCHIVE_WARN)
            fail("packed", writer_.get());
        if (has_data && archive_entry_size(entry.get()) > 0)
            copy(reader, block);
        if (archive_write_finish_entry(writer_.get()) < ARCHIVE_WARN)
            fail("packed", writer_.get());
    }

    void finish()
    {
        if (archive_write_close(writer_.get()) != ARCHIVE_OK)
            fail("packed", writer_.get());
    }

private:
    struct Block {
        const void* data = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        bool last = false;
    };

    // False when the file cannot be read at all.
    static bool next(archive* reader, Block& block)
    {
        const int result = archive_read_data_block(reader, &block.data, &block.size, &block.offset);
        block.last = result == ARCHIVE_EOF;
        if (result >= ARCHIVE_WARN)
            return true;
        if (!may_be_missing(reader))
            fail("read", reader);
        return false;
    }

    void write(const void* data, std::size_t size)
    {
        // what a file has grown by meanwhile does not fit
        if (size != 0 && archive_write_data(writer_.get(), data, size) < 0)
            fail("packed", writer_.get());
    }

    // The writer wants the holes, too, and leaves them out itself.
    void copy(archive* reader, Block& block)
    {
        la_int64_t done = 0;
        while (!block.last) {
            for (; done < block.offset;) {
                const auto gap = std::min<la_int64_t>(block.offset - done,
                                                      static_cast<la_int64_t>(zeros_.size()));
                write(zeros_.data(), static_cast<std::size_t>(gap));
                done += gap;
            }
            write(block.data, block.size);
            done += static_cast<la_int64_t>(block.size);
            if (!next(reader, block))
                return; // it is shorter than it was: zeros follow
        }
    }

    std::string place_;
    Writer writer_{archive_write_new()};
    Links links_{archive_entry_linkresolver_new()};
    std::vector<char> zeros_ = std::vector<char>(1 << 20);
};

} // namespace

bool is_home_name(std::string_view name) noexcept
{
    const auto is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    };
    return !name.empty() && name.size() <= longest_name && is_word(name.front()) &&
           name.find("..") == std::string_view::npos &&
           std::ranges::all_of(name, [&](char c) { return is_word(c) || c == '.' || c == '-'; });
}

HomeFacts measure_home(const std::string& home)
{
    HomeFacts facts;
    const Reader reader = open_tree(home);
    // a link to a file that was counted counts again: rather too much than too little
    walk(reader.get(), facts,
         [&](const Entry& entry) { facts.bytes += block_of_disk + data_of(entry.get()); });
    return facts;
}

HomeFacts pack_home(const std::string& home, const std::string& name, int output)
{
    if (!is_home_name(name))
        throw BackupError{BackupFault::read_error, "an archive cannot name the user of dom0"};
    HomeFacts facts;
    const Reader reader = open_tree(home);
    Packing packing{name, output};
    walk(reader.get(), facts,
         [&](Entry entry) { packing.add(reader.get(), std::move(entry), facts); });
    packing.finish();
    return facts;
}

} // namespace qmgmt
