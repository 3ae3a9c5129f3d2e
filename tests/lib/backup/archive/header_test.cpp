// SPDX-License-Identifier: GPL-2.0-or-later
//
// The first two members of an archive (backup.md 1.3).

#include "backup/archive/header.hpp"
#include "backup/archive/outer/member_name.hpp"
#include "backup/archive/tar/tar_block.hpp"
#include "support/archives.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const std::string good_text = "version=4\nencrypted=True\ncompressed=True\n"
                              "compression-filter=gzip\nhmac-algorithm=scrypt\n"
                              "backup-id=20260101T000000-42\n";

// Of an archive whose header, with this text, is authentic.
std::optional<BackupFault> fault_of_header(const std::string& text)
{
    const std::string archive = tar_of(ArchiveMaker{}.header(text));
    MemorySource source{archive};
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    return backup_fault_of([&] { const ArchiveReader reader{source, passphrase}; });
}

std::string with(std::string text, std::string_view what, std::string_view instead)
{
    return text.replace(text.find(what), what.size(), instead);
}

// Of an archive made of these members.
std::optional<BackupFault> fault_of_archive(const std::vector<TarEntry>& entries,
                                            std::string_view passphrase = test_passphrase)
{
    const std::string archive = tar_of(entries);
    return backup_fault_of([&] { static_cast<void>(read_archive(archive, passphrase)); });
}

} // namespace

TEST_CASE("backup.md 21: keys that nobody knows are ignored", "[backup]")
{
    CHECK_FALSE(fault_of_header(good_text));
    CHECK_FALSE(fault_of_header(good_text + "colour=blue\n"));
    CHECK_FALSE(fault_of_header(good_text + "crypto-algorithm=aes-256-cbc\n"));
    CHECK(fault_of_header(good_text + "mgmt-must-know=1\n") == BackupFault::header_invalid);
    CHECK(fault_of_header(good_text + "colour=light blue\n") == BackupFault::header_invalid);

    const BackupHeader header = BackupHeader::parse(
        "version=4\nencrypted=yes\ncompressed=1\ncompression-filter=pigz\n"
        "crypto-algorithm=\nhmac-algorithm=scrypt\nbackup-id=A-1\nmgmt-manifest=1\n");
    CHECK(header.id == "A-1");
    CHECK(header.compression == Compression::gzip);
    CHECK(header.manifest);
}

TEST_CASE("header: what is written is read, and is what upstream writes", "[backup]")
{
    for (const auto compression : {Compression::none, Compression::gzip, Compression::zstd}) {
        const BackupHeader header{"20260101T000000-42", compression, true};
        const BackupHeader read = BackupHeader::parse(header.text());
        CHECK(read.id == header.id);
        CHECK(read.compression == compression);
        CHECK(read.manifest);
    }
    CHECK(BackupHeader{"20260101T000000-42", Compression::gzip, false}.text() == good_text);
    const BackupHeader plain =
        BackupHeader::parse(with(good_text, "compressed=True", "compressed=False"));
    CHECK(plain.compression == Compression::none);
    CHECK_FALSE(plain.manifest);
}

TEST_CASE("backup.md 15 16: other versions of the format", "[backup]")
{
    for (const char* const version : {"1", "2", "3", "5", "40"})
        CHECK(fault_of_header(with(good_text, "=4", std::string{"="} + version)) ==
              BackupFault::unsupported_version);
    for (const char* const version : {"04", "-4", "", "4x", "four", "44444444444444444444"})
        CHECK(fault_of_header(with(good_text, "=4", std::string{"="} + version)) ==
              BackupFault::header_invalid);
}

TEST_CASE("backup.md 17: authenticated by something else than scrypt", "[backup]")
{
    CHECK(fault_of_header(with(good_text, "scrypt", "SHA512")) == BackupFault::header_invalid);
}

TEST_CASE("backup.md 19: compressed by what nobody may name", "[backup]")
{
    for (const char* const filter : {"sh", "cat", "lz4", "none", ""})
        CHECK(fault_of_header(with(good_text, "gzip", filter)) ==
              BackupFault::bad_compression_filter);
    for (const char* const filter : {"gzip -1", "/tmp/x", "$(id)", "gzip;id"})
        CHECK(fault_of_header(with(good_text, "gzip", filter)) == BackupFault::header_invalid);
    for (const char* const filter : {"gzip", "pigz", "zstd", "zstdmt", "bzip2", "pbzip2", "xz"})
        CHECK_FALSE(fault_of_header(with(good_text, "gzip", filter)));
}

TEST_CASE("backup.md 20: lines that are none", "[backup]")
{
    const auto fault = [](const std::string& text) { return fault_of_header(text); };
    CHECK(fault(good_text + "backup-id=20260101T000000-42\n") == BackupFault::header_invalid);
    CHECK(fault(good_text + "a=b=c\n") == BackupFault::header_invalid);
    CHECK(fault(with(good_text, "gzip\n", "gzip\r\n")) == BackupFault::header_invalid);
    CHECK(fault(good_text + std::string{"a=\0\n", 4}) == BackupFault::header_invalid);
    CHECK(fault(good_text + "a=\xc3\xa4\n") == BackupFault::header_invalid);
    CHECK(fault(good_text + "a line\n") == BackupFault::header_invalid);
    CHECK(fault(good_text + "\n") == BackupFault::header_invalid);
    CHECK(fault(good_text + "=x\n") == BackupFault::header_invalid);
    CHECK(fault(good_text + "a=b") == BackupFault::header_invalid);
    CHECK(fault("") == BackupFault::header_invalid);
    CHECK(fault("encrypted=True\n" + good_text) == BackupFault::header_invalid);
    std::string many = good_text;
    for (int line = 0; line < 60; ++line)
        many += "k" + std::to_string(line) + "=v\n";
    CHECK(fault(many) == BackupFault::header_invalid);
    for (const char* const key :
         {"encrypted", "compressed=", "compression-filter", "hmac-algorithm", "backup-id"}) {
        const std::size_t at = good_text.find(key);
        const std::size_t end = good_text.find('\n', at) + 1;
        CHECK(fault(std::string{good_text}.erase(at, end - at)) == BackupFault::header_invalid);
    }
    CHECK(fault(with(good_text, "encrypted=True", "encrypted=False")) ==
          BackupFault::header_invalid);
    for (const std::string& id : {std::string{}, std::string{"-x"}, std::string(65, 'x')})
        CHECK(fault(with(good_text, "20260101T000000-42", id)) == BackupFault::header_invalid);
    CHECK(fault(good_text + "mgmt-manifest=2\n") == BackupFault::header_invalid);
}

TEST_CASE("backup.md 11 13 14 18: a header without proof is not read", "[backup]")
{
    const std::vector<TarEntry> good = entries_of(good_archive().bytes);
    REQUIRE_FALSE(fault_of_archive(good));

    SECTION("a bit of it is flipped")
    {
        std::vector<TarEntry> entries = good;
        for (std::size_t at = 0; at < entries[0].content.size(); at += 7) {
            entries[0].content[at] = static_cast<char>(good[0].content[at] ^ 1);
            CHECK(fault_of_archive(entries) == BackupFault::header_unauthenticated);
            entries[0].content[at] = good[0].content[at];
        }
        entries[0].content += "colour=blue\n";
        CHECK(fault_of_archive(entries) == BackupFault::header_unauthenticated);
    }
    SECTION("the proof is missing")
    {
        std::vector<TarEntry> entries = good;
        entries.erase(entries.begin() + 1);
        CHECK(fault_of_archive(entries) == BackupFault::header_unauthenticated);
        entries.resize(1);
        CHECK(fault_of_archive(entries) == BackupFault::header_unauthenticated);
    }
    SECTION("the header is missing")
    {
        std::vector<TarEntry> entries = good;
        entries.erase(entries.begin());
        CHECK(fault_of_archive(entries) == BackupFault::not_a_backup);
        entries.erase(entries.begin());
        CHECK(fault_of_archive(entries) == BackupFault::not_a_backup);
        CHECK(fault_of_archive({{"qubes.xml.000", "x"}}) == BackupFault::not_a_backup);
    }
    SECTION("the proof is that of an older format")
    {
        std::vector<TarEntry> entries = good;
        entries[0].content = with(good_text, "=4", "=3");
        entries[1].content = "MD5(backup-header)= d41d8cd98f00b204e9800998ecf8427e\n";
        CHECK(fault_of_archive(entries) == BackupFault::header_unauthenticated);
        entries[1].content = std::string(200, 'x');
        CHECK(fault_of_archive(entries) == BackupFault::header_unauthenticated);
    }
    SECTION("it is the proof of another header")
    {
        std::vector<TarEntry> entries = good;
        entries[1] = ArchiveMaker{}.header(good_text + "a=b\n")[1];
        CHECK(fault_of_archive(entries) == BackupFault::header_unauthenticated);
    }
}

TEST_CASE("backup.md 12: with a wrong passphrase nothing is read behind the proof", "[backup]")
{
    const GoodArchive good = good_archive();
    const Passphrase wrong = Passphrase::parse("incorrect horse");
    MemorySource source{good.bytes};
    CHECK(backup_fault_of([&] {
              const ArchiveReader reader{source, wrong};
          }) == BackupFault::wrong_passphrase);
    const std::size_t read = good.bytes.size() - source.left();
    CHECK(read <= 4 * 512 + 512); // two members, small ones
}

TEST_CASE("backup.md 22 23: the first members are small", "[backup]")
{
    // What a member of this size would be, without its content.
    const auto fault = [](const std::string& before, const std::string& name, std::uint64_t size) {
        const TarBlock block = tar_header({.name = name, .size = size});
        const std::string archive = before + std::string{block.data(), block.size()};
        return backup_fault_of([&] { static_cast<void>(read_archive(archive)); });
    };
    CHECK(fault("", "backup-header", std::uint64_t{2} << 30) == BackupFault::size_limit);
    CHECK(fault("", "backup-header", 3969) == BackupFault::size_limit);
    CHECK(fault("", "backup-header", 3968) == BackupFault::truncated_archive);
    const std::string before = tar_entry({"backup-header", good_text});
    CHECK(fault(before, "backup-header.hmac", 4097) == BackupFault::size_limit);
    CHECK(fault(before, "backup-header.hmac", 4096) == BackupFault::truncated_archive);
}

TEST_CASE("archive: which members may be there", "[backup]")
{
    for (const char* const name :
         {"qubes.xml.000.enc", "qubes-mgmt-manifest.000.enc", "vm1/private.img.000.enc",
          "vm4294967295/root.img.999.enc", "vm7/firewall.xml.1000.enc", "vm7/a.123456.enc",
          "vm7/whitelisted-appmenus.list.000.enc", "dom0-home/user.000.enc",
          "dom0-home/_x-1.2.003.enc"}) {
        INFO(name);
        const auto parsed = MemberName::parse(name);
        REQUIRE(parsed);
        CHECK(parsed->outer() == name);
    }
    for (const std::string name : {"",
                                   ".enc",
                                   ".000.enc",
                                   "x",
                                   "x.000.enc",
                                   "qubes.xml",
                                   "qubes.xml.enc",
                                   "qubes.xml.001.enc",
                                   "qubes-mgmt-manifest.001.enc",
                                   "vm/private.img.000.enc",
                                   "vm0/private.img.000.enc",
                                   "vm07/private.img.000.enc",
                                   "vm12345678901/a.000.enc",
                                   "vm7/.000.enc",
                                   "vm7/.a.000.enc",
                                   "vm7/7.000.enc",
                                   "vm7/a..b.000.enc",
                                   "vm7/a..000.enc",
                                   "vm7/a.00.enc",
                                   "vm7/a.0000.enc",
                                   "vm7/a.0100.enc",
                                   "vm7/a.1234567.enc",
                                   "vm7/a.00x.enc",
                                   "vm7/a.000",
                                   "vm7/a.000.ENC",
                                   "vm7//a.000.enc",
                                   "vm7/b/a.000.enc",
                                   "vm7/../x.000.enc",
                                   "/vm7/a.000.enc",
                                   "../../etc/x.000.enc",
                                   "/etc/x.000.enc",
                                   "vm7/a b.000.enc",
                                   "vm7/a\n.000.enc",
                                   "appvms/work/private.img.000.enc",
                                   "dom0-home/-x.000.enc",
                                   "dom0-home/a/b.000.enc",
                                   "dom0-home/.000.enc",
                                   "Vm7/a.000.enc"}) {
        INFO(name);
        CHECK_FALSE(MemberName::parse(name));
    }
    CHECK(MemberName::parse("vm7/" + std::string(63, 'a') + ".000.enc"));
    CHECK_FALSE(MemberName::parse("vm7/" + std::string(64, 'a') + ".000.enc"));
    CHECK(MemberName::parse("dom0-home/" + std::string(32, 'a') + ".000.enc"));
    CHECK_FALSE(MemberName::parse("dom0-home/" + std::string(33, 'a') + ".000.enc"));
    CHECK_FALSE(MemberName::parse(std::string_view{"vm7/a\0.000.enc", 14}));
}
