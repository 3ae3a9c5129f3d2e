// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/outer/outer_reader.hpp"

#include "backup/archive/tar/pax_record.hpp"
#include "backup/fault.hpp"
#include "storage/zero_runs.hpp"

#include <algorithm>
#include <array>

namespace qmgmt {
namespace {

// What says nothing about the content of a member or its name.
constexpr std::array<std::string_view, 8> harmless_keys{"mtime", "atime", "ctime", "uid",
                                                        "gid",   "uname", "gname", "comment"};

// Numbers of the header that are nobody's business, but must be some.
constexpr std::array<TarField, 4> other_numbers{tar_field::mode, tar_field::uid, tar_field::gid,
                                                tar_field::mtime};

[[noreturn]] void bad_type(const std::string& why)
{
    throw BackupError{BackupFault::archive_member_type, why};
}

} // namespace

void OuterReader::fill(char* into, std::size_t length)
{
    const std::size_t done = source_.read(into, length);
    bytes_ += done;
    if (done < length)
        throw BackupError{BackupFault::truncated_archive, "the archive ends too early"};
}

void OuterReader::read(char* into, std::size_t length)
{
    fill(into, length);
    left_ -= length;
}

// False at the end of the archive.
bool OuterReader::read_block(TarBlock& block)
{
    const std::size_t done = source_.read(block.data(), block.size());
    bytes_ += done;
    if (done != 0 && done < block.size())
        throw BackupError{BackupFault::truncated_archive, "the archive ends too early"};
    return done != 0;
}

void OuterReader::finish_member()
{
    std::array<char, 65536> unwanted; // NOLINT(*-member-init): written before it is read
    while (left_ > 0)
        read(unwanted.data(),
             static_cast<std::size_t>(std::min<std::uint64_t>(left_, unwanted.size())));
    if (padding_ == 0)
        return;
    fill(unwanted.data(), padding_);
    if (!all_zero({unwanted.data(), padding_}))
        throw BackupError{BackupFault::member_corrupt, "there is something between two members"};
    padding_ = 0;
}

void OuterReader::check_header(const TarBlock& block) const
{
    if (!has_tar_magic(block) || !has_right_checksum(block)) {
        if (first_)
            throw BackupError{BackupFault::not_a_backup, "this is no archive of a backup"};
        if (after_end_)
            throw BackupError{BackupFault::not_a_backup, "there is something behind the archive"};
        throw BackupError{BackupFault::member_corrupt, "where a member should begin is none"};
    }
    for (const TarField field : other_numbers) {
        if (!octal(bytes_of(block, field)))
            bad_type("a member has a number that is none");
    }
    const std::string_view name = bytes_of(block, tar_field::name);
    const std::string_view behind = name.substr(text_of(block, tar_field::name).size());
    if (!all_zero(behind) || !text_of(block, tar_field::prefix).empty())
        throw BackupError{BackupFault::archive_member_name, "a member has a name that none may"};
}

void OuterReader::check_extended(std::uint64_t size)
{
    if (size > most_pax_records)
        bad_type("a member has too many extended records");
    std::string untrusted_records(static_cast<std::size_t>(size), '\0');
    left_ = size;
    padding_ = tar_padding(size);
    read(untrusted_records.data(), untrusted_records.size());
    finish_member();
    const bool harmless =
        read_pax_records(untrusted_records, [](std::string_view key, std::string_view) {
            return std::ranges::find(harmless_keys, key) != harmless_keys.end();
        });
    if (!harmless)
        bad_type("a member has extended records that none may");
}

std::optional<OuterMember> OuterReader::next()
{
    finish_member();
    TarBlock block{};
    bool extended = false; // records for this member have come
    while (read_block(block)) {
        if (!extended && is_zero(block)) {
            after_end_ = true;
            continue;
        }
        check_header(block);
        const auto size = octal(bytes_of(block, tar_field::size));
        if (!size)
            bad_type("a member has a size that is none");
        const char type = bytes_of(block, tar_field::type).front();
        if (type == 'x' && !extended) {
            check_extended(*size);
            extended = true;
            continue;
        }
        if (type != '0' && type != '\0')
            bad_type("a member is no regular file");
        first_ = false;
        after_end_ = false;
        left_ = *size;
        padding_ = tar_padding(*size);
        return OuterMember{std::string{text_of(block, tar_field::name)}, *size};
    }
    if (extended || first_)
        throw BackupError{BackupFault::truncated_archive, "the archive ends too early"};
    return std::nullopt;
}

} // namespace qmgmt
