// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is done to the members of an archive, as far as each of them is authentic or not: nothing of
// it may pass as what was archived.

#include "backup/archive/limits.hpp"
#include "backup/archive/manifest.hpp"
#include "backup/compression/compressor.hpp"
#include "support/archives.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using Entries = std::vector<TarEntry>;

// What was refused, and how the text of it goes on; whatever came before is what was archived.
struct Refusal {
    std::optional<BackupFault> fault;
    std::string text;
};

Refusal refusal_of(const Entries& entries, const GoodArchive& good)
{
    const std::string archive = tar_of(entries);
    ReadArchive read;
    Refusal refusal;
    try {
        read_archive(archive, read);
    } catch (const BackupError& error) {
        refusal = {error.fault(), error.text()};
    }
    for (const auto& [name, receiver] : read.files) {
        for (const auto& [at, piece] : receiver.pieces)
            CHECK(good.files.at(name).substr(at, piece.size()) == piece);
        if (receiver.whole)
            CHECK(receiver.bytes() == good.files.at(name));
    }
    return refusal;
}

std::size_t place_of(const Entries& entries, std::string_view name)
{
    const auto found = std::ranges::find(entries, name, &TarEntry::name);
    REQUIRE(found != entries.end());
    return static_cast<std::size_t>(found - entries.begin());
}

class Damaged {
public:
    explicit Damaged(Compression compression = Compression::gzip)
        : good{good_archive(compression)}, entries{entries_of(good.bytes)}
    {
    }

    TarEntry& operator[](std::string_view name) { return entry_of(entries, name); }
    void erase(std::string_view name)
    {
        entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(place_of(entries, name)));
    }
    [[nodiscard]] std::optional<BackupFault> fault() const
    {
        return refusal_of(entries, good).fault;
    }
    [[nodiscard]] std::string text() const { return refusal_of(entries, good).text; }

    GoodArchive good;
    Entries entries;
};

const std::string image0 = "vm7/private.img.000.enc";
const std::string image1 = "vm7/private.img.001.enc";
const std::string image2 = "vm7/private.img.002.enc";
const std::string firewall = "vm7/firewall.xml.000.enc";
const std::string other = "vm9/private.img.000.enc";
const std::string manifest = "qubes-mgmt-manifest.000.enc";

// An archive of these files as upstream would write it: without a manifest, not compressed.
Entries upstream(const std::vector<TarEntry>& files)
{
    const ArchiveMaker maker;
    Entries entries = maker.header(Compression::none, false);
    entries.push_back(maker.file("qubes.xml", "<qubes/>"));
    entries.insert(entries.end(), files.begin(), files.end());
    return entries;
}

std::optional<BackupFault> fault_of(const Entries& entries)
{
    const std::string archive = tar_of(entries);
    return backup_fault_of([&] { static_cast<void>(read_archive(archive)); });
}

} // namespace

TEST_CASE("backup.md 9 10: a chunk that was changed is not decrypted", "[backup]")
{
    Damaged archive{GENERATE(Compression::none, Compression::gzip)};
    REQUIRE_FALSE(archive.fault());
    SECTION("a bit of its content")
    {
        archive[image1].content[5000] ^= 1;
        CHECK(archive.text() == "member-corrupt: 'vm7/private.img.001' is damaged");
        ReadArchive read;
        CHECK_THROWS(read_archive(tar_of(archive.entries), read));
        std::size_t came = 0;
        for (const auto& [at, piece] : read.files.at("vm7/private.img").pieces)
            came += piece.size();
        CHECK(came <= 8192); // of chunk 000
    }
    SECTION("the last byte of its HMAC")
    {
        archive[image1].content.back() ^= 1;
        CHECK(archive.fault() == BackupFault::member_corrupt);
    }
    SECTION("its salt")
    {
        archive[image1].content[20] ^= 1;
        CHECK(archive.fault() == BackupFault::member_corrupt);
    }
    SECTION("bytes are missing, or too many")
    {
        archive[image1].content.pop_back();
        CHECK(archive.fault() == BackupFault::member_corrupt);
        archive[image1].content += "xy";
        CHECK(archive.fault() == BackupFault::member_corrupt);
        archive[image1].content.resize(127);
        CHECK(archive.fault() == BackupFault::member_corrupt);
        archive[image1].content.clear();
        CHECK(archive.fault() == BackupFault::member_corrupt);
    }
}

TEST_CASE("backup.md 24 25: the metadata is small", "[backup]")
{
    const ArchiveMaker maker;
    SECTION("as a member")
    {
        Entries entries = maker.header(Compression::none, false);
        entries.push_back({"qubes.xml.000.enc", std::string(most_metadata_chunk + 129, 'x')});
        CHECK(fault_of(entries) == BackupFault::size_limit);
        entries.back().content.pop_back();
        CHECK(fault_of(entries) == BackupFault::member_corrupt);
    }
    SECTION("when it is decompressed, whatever its tar says")
    {
        const std::string large(64 << 20, 'x');
        const std::string tar = GENERATE_COPY(inner_tar("qubes.xml", large),
                                              inner_tar("qubes.xml", "<qubes/>") + large);
        std::string compressed;
        const auto compressor =
            make_compressor({.compression = Compression::gzip, .level = 1},
                            [&](std::string_view bytes) { compressed += bytes; });
        compressor->write(tar);
        compressor->finish();
        Entries entries = maker.header(Compression::gzip, false);
        entries.push_back(maker.sealed("qubes.xml.000", compressed));
        REQUIRE(entries.back().content.size() < most_metadata_chunk);
        CHECK(fault_of(entries) == BackupFault::size_limit);
    }
    SECTION("a writer keeps to it")
    {
        MemorySink sink;
        const Passphrase passphrase = Passphrase::parse(test_passphrase);
        ArchiveWriter writer{
            {.backup_id = "x", .compression = Compression::none, .cost = cheap}, passphrase, sink};
        CHECK(backup_fault_of([&] { writer.add_metadata(std::string(1 << 20, 'x')); }) ==
              BackupFault::size_limit);
    }
}

TEST_CASE("backup.md 27 34 35: a chunk under another name, or of another archive", "[backup]")
{
    Damaged archive;
    SECTION("two chunks of one file are exchanged")
    {
        std::swap(archive[image0].content, archive[image1].content);
        CHECK(archive.fault() == BackupFault::member_corrupt);
    }
    SECTION("of another backup with the same passphrase")
    {
        const ArchiveMaker another{"20260102T000000-43"};
        archive[firewall] = another.file("vm7/firewall.xml", "<firewall version=\"2\"/>\n");
        CHECK(archive.text() == "member-corrupt: 'vm7/firewall.xml.000' is damaged");
    }
    SECTION("of another qube")
    {
        archive[image0].content = archive[other].content;
        CHECK(archive.fault() == BackupFault::member_corrupt);
    }
}

TEST_CASE("backup.md 28 29 36 37: chunks in disorder", "[backup]")
{
    Damaged archive;
    Entries& entries = archive.entries;
    const std::size_t at = place_of(entries, image0);
    SECTION("000, 002, 001")
    {
        std::swap(entries[at + 1], entries[at + 2]);
        CHECK(archive.fault() == BackupFault::chunk_sequence);
    }
    SECTION("001 is missing")
    {
        archive.erase(image1);
        CHECK(archive.text() == "chunk-sequence: 'vm7/private.img.002' comes too early");
    }
    SECTION("000 is missing")
    {
        archive.erase(image0);
        CHECK(archive.fault() == BackupFault::chunk_sequence);
    }
    SECTION("one comes twice")
    {
        entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(at + 1), entries[at + 1]);
        CHECK(archive.fault() == BackupFault::duplicate_member);
    }
    SECTION("a file comes twice")
    {
        const TarEntry again = archive[firewall];
        entries.insert(entries.end() - 1, again);
        CHECK(archive.fault() == BackupFault::duplicate_member);
    }
    SECTION("another file is between them")
    {
        std::swap(archive[image2], archive[firewall]);
        // Whoever takes the file finds it cut off before he sees that it goes on.
        CHECK(archive.fault() == BackupFault::decompress);
        const std::string bytes = tar_of(entries);
        MemorySource source{bytes};
        const Passphrase passphrase = Passphrase::parse(test_passphrase);
        ArchiveReader reader{source, passphrase};
        static_cast<void>(reader.metadata());
        CHECK(backup_fault_of([&] {
                  while (reader.next()) {
                  }
              }) == BackupFault::archive_order);
        // And what is wrong stays wrong.
        CHECK(backup_fault_of([&] { static_cast<void>(reader.next()); }) ==
              BackupFault::archive_order);
        CHECK(backup_fault_of([&] { reader.finish(); }) == BackupFault::archive_order);
    }
    SECTION("the metadata comes twice, or not first")
    {
        entries.insert(entries.end() - 1, archive["qubes.xml.000.enc"]);
        CHECK(archive.fault() == BackupFault::duplicate_member);
        entries.erase(entries.begin() + 2);
        CHECK(archive.fault() == BackupFault::archive_order);
    }
    SECTION("something follows the manifest")
    {
        entries.push_back(archive[firewall]);
        CHECK(archive.fault() == BackupFault::archive_order);
    }
    SECTION("the files of a qube are in two places, which is no damage")
    {
        CHECK_FALSE(fault_of(upstream({ArchiveMaker{}.file("vm7/firewall.xml", "a"),
                                       ArchiveMaker{}.file("vm9/firewall.xml", "b"),
                                       ArchiveMaker{}.file("vm7/notes.txt", "c")})));
    }
}

TEST_CASE("backup.md 30: the last chunk is missing", "[backup]")
{
    SECTION("of a compressed file")
    {
        Damaged archive{GENERATE(Compression::gzip, Compression::zstd)};
        archive.erase(image2);
        const auto fault = archive.fault();
        CHECK((fault == BackupFault::decompress || fault == BackupFault::truncated_archive));
    }
    SECTION("of one that is not")
    {
        Damaged archive{Compression::none};
        archive.erase(image2);
        CHECK(archive.fault() == BackupFault::truncated_archive);
    }
    SECTION("and held only the end of the tar")
    {
        // As the writer would: one chunk up to the end of the content, one behind it.
        const ArchiveMaker maker;
        const std::string content(1024, 'c');
        const std::string tar = inner_tar("vm7/notes.txt", content);
        Entries entries = maker.header(Compression::none, true);
        entries.push_back(maker.file("qubes.xml", "<qubes/>"));
        entries.push_back(maker.sealed("vm7/notes.txt.000", tar.substr(0, 1536)));
        Manifest promised;
        promised.backup_id = test_id;
        promised.files = {{"qubes.xml", 1, 2048, 8, std::string(64, '0'), false},
                          {"vm7/notes.txt", 2, 2560, 1024, std::string(64, '0'), false}};
        promised.members = 6;
        entries.push_back(maker.file("qubes-mgmt-manifest", promised.text()));
        CHECK(fault_of(entries) == BackupFault::incomplete_archive);
    }
}

TEST_CASE("backup.md 31 32 33: a file, a qube or the manifest is missing", "[backup]")
{
    Damaged archive;
    SECTION("a file")
    {
        archive.erase(firewall);
        CHECK(archive.text() ==
              "incomplete-archive: 'vm7/firewall.xml' is missing, or not where it should be");
        // Upstream has no manifest: whoever knows the metadata has to look.
        CHECK_FALSE(fault_of(upstream({})));
    }
    SECTION("a qube")
    {
        archive.erase(other);
        CHECK(archive.text() == "incomplete-archive: 'vm9/private.img' is missing");
    }
    SECTION("the manifest")
    {
        archive.erase(manifest);
        CHECK(archive.fault() == BackupFault::incomplete_archive);
        std::string cut = archive.good.bytes;
        cut.resize(cut.find(manifest));
        CHECK(backup_fault_of([&] { static_cast<void>(read_archive(cut)); }) ==
              BackupFault::incomplete_archive);
    }
    SECTION("a qube, and the manifest is that of an older archive")
    {
        archive.erase(manifest);
        const ArchiveMaker another{"20260102T000000-43"};
        archive.entries.push_back(another.file("qubes-mgmt-manifest", Manifest{}.text()));
        CHECK(archive.fault() == BackupFault::member_corrupt);
    }
    SECTION("a file was put in by somebody who knows the passphrase")
    {
        archive.entries.insert(archive.entries.end() - 1,
                               ArchiveMaker{}.sealed("vm9/notes.txt.000", ""));
        const std::string bytes = tar_of(archive.entries);
        MemorySource source{bytes};
        const Passphrase passphrase = Passphrase::parse(test_passphrase);
        ArchiveReader reader{source, passphrase};
        static_cast<void>(reader.metadata());
        while (reader.next()) {
        }
        CHECK(backup_fault_of([&] { reader.finish(); }) == BackupFault::incomplete_archive);
    }
}

TEST_CASE("backup.md 38: members with names that none may have", "[backup]")
{
    for (const std::string& name :
         {std::string{"../../etc/x.000.enc"}, std::string{"/etc/x.000.enc"},
          std::string{"vm7/../x.000.enc"}, std::string{"vm7//a.000.enc"},
          std::string{"vm7/a\n.000.enc"}, std::string{"appvms/work/private.img.000.enc"},
          std::string{}}) {
        Damaged archive;
        archive[firewall].name = name;
        CHECK(archive.text() == "archive-member-name: a member has a name that none may");
    }
}

TEST_CASE("backup.md 42: an archive that was cut after some members", "[backup]")
{
    const GoodArchive good = good_archive();
    const std::size_t header_end =
        tar_entry(entries_of(good.bytes)[0]).size() + tar_entry(entries_of(good.bytes)[1]).size();
    const auto fault = [&](std::size_t size) {
        const std::string cut = good.bytes.substr(0, size);
        return backup_fault_of([&] { static_cast<void>(read_archive(cut)); });
    };
    CHECK(fault(header_end) == BackupFault::truncated_archive);
    CHECK(fault(header_end + 100) == BackupFault::truncated_archive);
    CHECK(fault(good.bytes.find(image1) + 300) == BackupFault::truncated_archive);
    CHECK(fault(good.bytes.find(image1) + 3000) == BackupFault::truncated_archive);
    CHECK_FALSE(fault(good.bytes.size() - 1024)); // only the blocks at the end
}

TEST_CASE("backup.md 45: a last chunk of nothing", "[backup]")
{
    const ArchiveMaker maker;
    const std::string tar = inner_tar("vm7/notes.txt", "text");
    const Entries entries =
        upstream({maker.sealed("vm7/notes.txt.000", tar.substr(0, 700)),
                  maker.sealed("vm7/notes.txt.001", tar.substr(700)),
                  maker.sealed("vm7/notes.txt.002", ""), maker.file("vm8/notes.txt", "more")});
    CHECK(read_archive(tar_of(entries)).files.at("vm7/notes.txt").bytes() == "text");
    CHECK(read_archive(tar_of(entries)).files.at("vm8/notes.txt").bytes() == "more");
}

TEST_CASE("archive: each member has its own cost, within limits", "[backup]")
{
    const ArchiveMaker maker;
    const auto entries = [&](const KdfCost& cost) {
        return upstream(
            {maker.sealed("vm7/notes.txt.000", inner_tar("vm7/notes.txt", "text"), cost)});
    };
    for (const KdfCost& cost : {KdfCost{12, 8, 1}, KdfCost{11, 4, 3}, KdfCost{10, 16, 2}})
        CHECK_FALSE(fault_of(entries(cost)));
    const std::string archive = tar_of(entries({13, 8, 1}));
    MemorySource source{archive};
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    ArchiveReader reader{source, passphrase, {.memory = 4 << 20}};
    static_cast<void>(reader.metadata());
    REQUIRE(reader.next());
    KeepingReceiver receiver;
    CHECK(backup_fault_of([&] { reader.take(receiver); }) == BackupFault::kdf_too_expensive);
}

TEST_CASE("archive: a qube's part and the members are counted before they are read", "[backup]")
{
    const GoodArchive good = good_archive();
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    const auto fault = [&](std::uint64_t bytes, std::uint64_t members) {
        MemorySource source{good.bytes};
        ArchiveReader reader{source, passphrase};
        static_cast<void>(reader.metadata());
        reader.limit(
            [&](std::string_view directory) -> std::optional<std::uint64_t> {
                if (directory == "vm7/")
                    return bytes;
                return std::nullopt;
            },
            members);
        return backup_fault_of([&] {
            while (reader.next()) {
            }
            reader.finish();
        });
    };
    std::vector<TarEntry> entries = entries_of(good.bytes);
    std::uint64_t vm7 = 0;
    for (const std::string& name : {image0, image1, image2, firewall})
        vm7 += entry_of(entries, name).content.size();
    CHECK_FALSE(fault(vm7, entries.size()));
    CHECK(fault(vm7 - 1, entries.size()) == BackupFault::size_limit);
    CHECK(fault(vm7, entries.size() - 1) == BackupFault::size_limit);
}
