// SPDX-License-Identifier: GPL-2.0-or-later
//
// The tar around one file (backup.md 1.7), from whoever knew the passphrase.

#include "backup/archive/inner/inner_reader.hpp"
#include "backup/archive/inner/inner_writer.hpp"
#include "backup/archive/tar/pax_record.hpp"
#include "backup/archive/tar/tar_block.hpp"
#include "support/archives.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const std::string name = "vm7/private.img";
const std::string end_blocks(1024, '\0');

std::optional<BackupFault> fault_of(const std::string& tar, InnerEnd end = InnerEnd::one_file)
{
    MemorySource source{tar};
    KeepingReceiver receiver;
    return backup_fault_of([&] { unpack_inner(source, name, receiver, end); });
}

std::string content_of(const std::string& tar)
{
    MemorySource source{tar};
    KeepingReceiver receiver;
    const ArchivedFile file = unpack_inner(source, name, receiver);
    CHECK(file.name == name);
    CHECK(file.size == receiver.file.size);
    CHECK(source.left() == 0);
    return receiver.bytes();
}

std::string padded(std::string text)
{
    return text.append(tar_padding(text.size()), '\0');
}

// A sparse file in format 1.0, with whatever map and data.
std::string sparse(const std::string& map, const std::string& data, const std::string& real_size,
                   const std::string& more_records = {})
{
    const std::string records = pax_record("GNU.sparse.major", "1") +
                                pax_record("GNU.sparse.minor", "0") +
                                pax_record("GNU.sparse.name", name) +
                                pax_record("GNU.sparse.realsize", real_size) + more_records;
    return tar_entry({"x", records, 'x'}) +
           tar_entry({"vm7/GNUSparseFile.1/private.img", padded(map) + data}) + end_blocks;
}

} // namespace

TEST_CASE("inner tar: a file of any size, in the shapes that are written", "[backup]")
{
    for (const std::size_t size : {0U, 1U, 511U, 512U, 513U, 700'000U}) {
        const std::string content = noise(size);
        CHECK(content_of(inner_tar(name, content)) == content);
    }
    const std::string member = tar_entry({name, "text"});
    CHECK(content_of(member + end_blocks) == "text");
    CHECK(content_of(member + std::string(10240, '\0')) == "text");
    CHECK(content_of(member) == "text");
    CHECK(content_of(member.substr(0, 516)) == "text"); // upstream leaves out the last padding
    CHECK(content_of(tar_entry({"x", pax_record("mtime", "1") + pax_record("path", name), 'x'}) +
                     tar_entry({"vm7/cut", "text"})) == "text");
    CHECK(content_of(tar_entry({"x", pax_record("size", "4"), 'x'}) + member) == "text");
}

TEST_CASE("backup.md 46: two files in one tar", "[backup]")
{
    const std::string member = tar_entry({name, "text"});
    CHECK(fault_of(member + member + end_blocks) == BackupFault::inner_tar);
    CHECK(fault_of(member + end_blocks + member) == BackupFault::inner_tar);
    CHECK(fault_of(inner_tar(name, "") + "x") == BackupFault::inner_tar);
    CHECK(fault_of(member + std::string(2 << 20, '\0')) == BackupFault::inner_tar);
    CHECK_FALSE(fault_of(member + member, InnerEnd::more_follows));
}

TEST_CASE("backup.md 47: another file, or none", "[backup]")
{
    for (const char type : {'1', '2', '3', '4', '5', '6', '7', 'g', 'L', 'K', 'x'})
        CHECK(fault_of(tar_entry({name, "text", type}) + end_blocks) == BackupFault::inner_tar);
    for (const char* const wrong :
         {"/vm7/private.img", "./vm7/private.img", "vm7/private.im", "vm7/private.imgs",
          "private.img", "../x", "vm8/private.img", ""})
        CHECK(fault_of(tar_entry({wrong, "text"}) + end_blocks) == BackupFault::inner_tar);
    const std::string member = tar_entry({name, "text"});
    CHECK(fault_of(tar_entry({"x", pax_record("path", "../x"), 'x'}) + member) ==
          BackupFault::inner_tar);
    CHECK(fault_of(tar_entry({"x", pax_record("linkpath", "../x"), 'x'}) + member) ==
          BackupFault::inner_tar);
    CHECK(fault_of(tar_entry({"x", "nonsense", 'x'}) + member) == BackupFault::inner_tar);
    CHECK(fault_of(tar_entry({"x", pax_record("comment", std::string(65536, 'x')), 'x'}) +
                   member) == BackupFault::inner_tar);
    CHECK(fault_of(end_blocks) == BackupFault::inner_tar);
    CHECK(fault_of(std::string(512, 'x')) == BackupFault::inner_tar);
    CHECK(fault_of("") == BackupFault::truncated_archive);
    CHECK(fault_of(member.substr(0, 515)) == BackupFault::truncated_archive);
    CHECK(fault_of(member.substr(0, 500)) == BackupFault::truncated_archive);
}

TEST_CASE("backup.md 48: lists of regions that fit nothing", "[backup]")
{
    const std::string block(512, 'd');
    CHECK(content_of(sparse("2\n512\n512\n2048\n0\n", block, "2048")) ==
          std::string(512, '\0') + block + std::string(1024, '\0'));
    CHECK(content_of(sparse("0\n", "", "0")).empty());
    CHECK(content_of(sparse("1\n0\n0\n", "", "0")).empty());

    const auto fault = [&](const std::string& map, const std::string& data,
                           const std::string& size = "2048") {
        return fault_of(sparse(map, data, size));
    };
    CHECK(fault("3\n0\n512\n256\n512\n2048\n0\n", block + block) == BackupFault::inner_tar);
    CHECK(fault("3\n512\n512\n0\n512\n2048\n0\n", block + block) == BackupFault::inner_tar);
    CHECK(fault("1\n2048\n512\n", block) == BackupFault::inner_tar); // beyond the end
    CHECK(fault("1\n1024\n1025\n", block + block + "d") == BackupFault::inner_tar);
    CHECK(fault("1\n512\n512\n", block) == BackupFault::inner_tar); // would cut off the end
    CHECK(fault("0\n", "") == BackupFault::inner_tar);
    CHECK(fault("2\n0\n0\n2048\n0\n", "") == BackupFault::inner_tar); // empty in the middle
    CHECK(fault("1099511627776\n0\n512\n", block) == BackupFault::inner_tar);
    CHECK(fault("67108865\n0\n512\n", block) == BackupFault::inner_tar);
    for (const char* const number :
         {"x", "-1", " 512", "0x200", "512 ", "", "9223372036854775808", "99999999999999999999999"})
        CHECK(fault("1\n0\n" + std::string{number} + "\n", block) == BackupFault::inner_tar);
    CHECK(fault("1\n1536\n512\nx", block) == BackupFault::inner_tar);
    // More or less stored than listed.
    CHECK(fault("1\n1536\n512\n", block + block) == BackupFault::inner_tar);
    CHECK(fault("1\n1024\n1024\n", block) == BackupFault::inner_tar);
    CHECK(fault("2\n512\n", "") == BackupFault::inner_tar);
    // A list that goes on for ever holds no more memory than it has come.
    std::string endless = "67108864\n";
    for (int i = 0; i < 100'000; ++i)
        endless += std::to_string(2 * i) + "\n1\n";
    CHECK(fault(endless, "", "134217728") == BackupFault::inner_tar);
    // Other formats.
    for (const char* const key : {"GNU.sparse.map", "GNU.sparse.numblocks", "GNU.sparse.offset"})
        CHECK(fault_of(sparse("1\n1536\n512\n", block, "2048", pax_record(key, "1"))) ==
              BackupFault::inner_tar);
    CHECK(fault_of(sparse("1\n1536\n512\n", block, "2048", pax_record("GNU.sparse.major", "2"))) ==
          BackupFault::inner_tar);
    CHECK(fault_of(sparse("1\n1536\n512\n", block, "2048",
                          pax_record("GNU.sparse.name", "vm7/root.img"))) ==
          BackupFault::inner_tar);
}

TEST_CASE("backup.md 49: enormous files", "[backup]")
{
    CHECK(fault_of(sparse("1\n9223372036854775808\n0\n", "", "9223372036854775808")) ==
          BackupFault::size_limit);
    CHECK(fault_of(sparse("1\n0\n0\n", "", "99999999999999999999999")) == BackupFault::inner_tar);
    CHECK(fault_of(tar_entry({"x", pax_record("size", "9223372036854775808"), 'x'}) +
                   tar_entry({name, "text"})) == BackupFault::size_limit);

    // More than 8 GiB stored: the size is in a record. The receiver refuses, when it knows all.
    struct Known final : FileReceiver {
        void begin(const ArchivedFile& file) override
        {
            begun = file;
            throw BackupError{BackupFault::size_limit, "enough"};
        }
        void content(std::uint64_t, std::string_view) override {}
        ArchivedFile begun;
    };
    const std::uint64_t size = std::uint64_t{20} << 30;
    const DataMap map{{4096, std::uint64_t{9} << 30}, {size - 4096, 4096}};
    const SparseHead head = sparse_head(name, size, map);
    CHECK(head.stored == 512 + (std::uint64_t{9} << 30) + 4096);
    CHECK(head.bytes.find("size=" + std::to_string(head.stored)) != std::string::npos);
    MemorySource source{head.bytes};
    Known known;
    CHECK(backup_fault_of([&] { unpack_inner(source, name, known); }) == BackupFault::size_limit);
    CHECK(known.begun.size == size);
    CHECK(known.begun.stored == head.stored - 512);
    CHECK(source.left() == 0);
}

TEST_CASE("inner tar: what GNU tar wrote before pax, binary sizes and sparse files", "[backup]")
{
    const auto gnu = [](const std::string& tar,
                        const std::vector<std::pair<std::size_t, std::string>>& changes) {
        std::string changed = tar;
        changed.replace(257, 8, "ustar  \0", 8);
        for (const auto& [at, bytes] : changes)
            changed.replace(at, bytes.size(), bytes);
        unsigned sum = 8 * ' ';
        for (std::size_t i = 0; i < 512; ++i)
            sum += i >= 148 && i < 156 ? 0 : static_cast<unsigned char>(changed[i]);
        std::array<char, 16> digits{};
        std::snprintf(digits.data(), digits.size(), "%06o", sum);
        return changed.replace(148, 7, digits.data(), 7);
    };
    const auto number = [](std::uint64_t value) {
        std::array<char, 16> digits{};
        std::snprintf(digits.data(), digits.size(), "%011llo",
                      static_cast<unsigned long long>(value));
        return std::string{digits.data(), 12};
    };
    const std::string binary = std::string{"\x80\0\0\0\0\0\0\0\0\0\0\x04", 12};
    CHECK(content_of(gnu(tar_entry({name, "text"}), {{124, binary}})) == "text");
    CHECK(fault_of(gnu(tar_entry({name, "text"}), {{124, "\x80\x7f"}})) != std::nullopt);

    const std::string data = std::string(512, 'a') + std::string(512, 'b');
    const std::string old = tar_entry({name, data, 'S'});
    CHECK(content_of(gnu(old, {{386, number(0) + number(512) + number(4096) + number(512)},
                               {483, number(4608)}})) ==
          data.substr(0, 512) + std::string(3584, '\0') + data.substr(512));
    CHECK(content_of(gnu(old, {{386, number(0) + number(1024) + number(8192) + number(0)},
                               {483, number(8192)}})) == data + std::string(7168, '\0'));
    CHECK(fault_of(gnu(old, {{386, number(0) + number(512) + number(256) + number(512)},
                             {483, number(4608)}})) == BackupFault::inner_tar);
    CHECK(fault_of(gnu(old, {{386, number(0) + number(512)}, {483, number(4608)}})) ==
          BackupFault::inner_tar);
    // Continued in a block of its own.
    const std::string continued = padded(number(4096) + number(512));
    CHECK(content_of(gnu(old.substr(0, 512),
                         {{386, number(0) + number(512)}, {482, "\1"}, {483, number(4608)}}) +
                     continued + data) ==
          data.substr(0, 512) + std::string(3584, '\0') + data.substr(512));
}
