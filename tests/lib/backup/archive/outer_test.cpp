// SPDX-License-Identifier: GPL-2.0-or-later
//
// The outer tar, which is read before anybody knows who wrote it (backup.md 1.1).

#include "backup/archive/outer/outer_reader.hpp"
#include "backup/archive/tar/pax_record.hpp"
#include "backup/archive/tar/tar_block.hpp"
#include "support/archives.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"

#include <cstring>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const std::string end_blocks(1024, '\0');

// Names and sizes of the members, as far as it is read.
std::vector<std::pair<std::string, std::string>> members_of(const std::string& tar)
{
    MemorySource source{tar};
    OuterReader reader{source};
    std::vector<std::pair<std::string, std::string>> members;
    while (const auto member = reader.next()) {
        if (member->size > tar.size())
            continue; // which passes over it, as far as it goes
        std::string content(member->size, '\0');
        reader.read(content.data(), content.size());
        members.emplace_back(member->untrusted_name, content);
    }
    CHECK(reader.bytes() == tar.size());
    CHECK_FALSE(reader.next()); // and stays at the end
    return members;
}

std::optional<BackupFault> fault_of(const std::string& tar)
{
    return backup_fault_of([&] { static_cast<void>(members_of(tar)); });
}

// A member with some bytes of its header changed, and the checksum right.
std::string member_with(std::size_t at, std::string_view bytes, const TarEntry& entry = {"b", "y"})
{
    std::string member = tar_entry(entry);
    member.replace(at, bytes.size(), bytes);
    unsigned sum = 8 * ' ';
    for (std::size_t i = 0; i < 512; ++i)
        sum += i >= 148 && i < 156 ? 0 : static_cast<unsigned char>(member[i]);
    std::array<char, 16> digits{};
    std::snprintf(digits.data(), digits.size(), "%06o", sum);
    member.replace(148, 7, digits.data(), 7);
    return member;
}

const std::string first = tar_entry({"a", "x"});

} // namespace

TEST_CASE("backup.md 44: members may be tars of their own, with records and zeros between them",
          "[backup]")
{
    const std::vector<std::pair<std::string, std::string>> wanted{{"a", "x"}, {"b", "y"}};
    const std::string second = tar_entry({"b", "y"});
    CHECK(members_of(first + second + end_blocks) == wanted);
    CHECK(members_of(first + second) == wanted);
    CHECK(members_of(first + second + std::string(512, '\0')) == wanted);
    CHECK(members_of(first + std::string(10240 - 1024, '\0') + second + std::string(10240, '\0')) ==
          wanted);
    const std::string records = tar_entry(
        {"PaxHeaders/b",
         pax_record("mtime", "1767225600.5") + pax_record("atime", "1") + pax_record("ctime", "2"),
         'x'});
    CHECK(members_of(records + first + end_blocks + records + second + end_blocks) == wanted);
    CHECK(members_of(first + member_with(257, {"ustar  \0", 8})) == wanted); // GNU's dialect
    CHECK(members_of(first + member_with(156, {"\0", 1})) == wanted);
    CHECK(members_of(first + member_with(116, "0001750 ")) == wanted);
    CHECK(members_of(tar_entry({"a", ""})) ==
          std::vector<std::pair<std::string, std::string>>{{"a", ""}});
}

TEST_CASE("backup.md 39: members that are no regular files", "[backup]")
{
    for (const char type : {'1', '2', '3', '4', '5', '6', '7', 'g', 'L', 'K', 'S', 'D', 'X', 'A'}) {
        INFO(type);
        CHECK(fault_of(first + member_with(156, {&type, 1})) == BackupFault::archive_member_type);
        CHECK(fault_of(member_with(156, {&type, 1})) == BackupFault::archive_member_type);
    }
}

TEST_CASE("backup.md 40: extended records that change what follows", "[backup]")
{
    const auto fault = [](const std::string& records) {
        return fault_of(tar_entry({"PaxHeaders/a", records, 'x'}) + first);
    };
    CHECK_FALSE(fault(pax_record("mtime", "1")));
    for (const char* const key :
         {"path", "linkpath", "size", "GNU.sparse.major", "SCHILY.xattr.user.x", "hdrcharset"})
        CHECK(fault(pax_record("mtime", "1") + pax_record(key, "1")) ==
              BackupFault::archive_member_type);
    for (const char* const record :
         {"9 mtime=1", "12 mtime=1\n", "10 mtime=1\n", "mtime=1\n", "11 mtime:1\n", "5 =1\n",
          "0 \n", "3 \n", "99999999999999999999 mtime=1\n", "-11 mtime=1\n", " 11 mtime=1\n"})
        CHECK(fault(record) == BackupFault::archive_member_type);
    CHECK_FALSE(fault("11 mtime=1\n"));
    // Records for nobody, records of records, and too many of them.
    const std::string records = tar_entry({"x", pax_record("mtime", "1"), 'x'});
    CHECK(fault_of(first + records) == BackupFault::truncated_archive);
    CHECK(fault_of(records + records + first) == BackupFault::archive_member_type);
    CHECK(fault_of(records + end_blocks + first) == BackupFault::not_a_backup);
    CHECK(fault(pax_record("comment", std::string(65536, 'x'))) ==
          BackupFault::archive_member_type);
}

TEST_CASE("outer tar: numbers are octal digits", "[backup]")
{
    for (const std::size_t field : {100U, 108U, 116U, 124U, 136U}) {
        INFO(field);
        for (const char* const number : {"8", "-1", "0x", "\x80", "\xff", "1a"})
            CHECK(fault_of(first + member_with(field, number)) == BackupFault::archive_member_type);
    }
    CHECK(fault_of(first + member_with(124, "77777777777")) == BackupFault::truncated_archive);
}

TEST_CASE("outer tar: names are short and end where they end", "[backup]")
{
    CHECK(fault_of(first + member_with(345, "p")) == BackupFault::archive_member_name);
    CHECK(fault_of(first + member_with(0, {"b\0b", 3})) == BackupFault::archive_member_name);
    const std::string longest(100, 'n');
    CHECK(members_of(member_with(0, longest)).front().first == longest);
}

TEST_CASE("backup.md 41: a header with a wrong checksum", "[backup]")
{
    std::string bad = tar_entry({"b", "y"});
    bad[0] = 'c';
    CHECK(fault_of(bad) == BackupFault::not_a_backup);
    CHECK(fault_of(first + bad) == BackupFault::member_corrupt);
    CHECK(fault_of(std::string(512, 'x')) == BackupFault::not_a_backup);
    CHECK(fault_of(member_with(257, "USTAR")) == BackupFault::not_a_backup);
}

TEST_CASE("backup.md 42: an archive that was cut", "[backup]")
{
    const std::string whole = first + tar_entry({"b", std::string(700, 'y')});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        if (size == first.size())
            continue; // a whole archive of one member, as far as this layer sees
        INFO(size);
        CHECK(fault_of(whole.substr(0, size)) == BackupFault::truncated_archive);
    }
    CHECK_FALSE(fault_of(whole));
    CHECK(fault_of(whole + std::string(100, '\0')) == BackupFault::truncated_archive);
}

TEST_CASE("backup.md 43: something behind the archive", "[backup]")
{
    CHECK(fault_of(first + end_blocks + std::string(512, 'x')) == BackupFault::not_a_backup);
    std::string padding = first;
    padding.back() = 'x';
    CHECK(fault_of(padding) == BackupFault::member_corrupt);
    CHECK(fault_of(first + end_blocks + first.substr(0, 10)) == BackupFault::truncated_archive);
}
