// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an ArchiveWriter wrote an ArchiveReader reads.

#include "backup/archive/limits.hpp"
#include "base/sha256.hpp"
#include "support/archives.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <atomic>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <thread>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

ArchiveSettings settings_of(Compression compression, std::size_t chunk_size = archive_chunk_size)
{
    return {.backup_id = std::string{test_id},
            .time = 1767225600,
            .compression = compression,
            .level = 1,
            .cost = cheap,
            .chunk_size = chunk_size};
}

} // namespace

TEST_CASE("archive: what was written is read, whatever compresses it", "[backup]")
{
    const auto compression = GENERATE(Compression::none, Compression::gzip, Compression::zstd);
    const GoodArchive good = good_archive(compression);
    const ReadArchive read = read_archive(good.bytes);
    CHECK(read.header.id == test_id);
    CHECK(read.header.compression == compression);
    CHECK(read.header.manifest);
    CHECK(read.metadata == good.metadata);
    CHECK(read.order ==
          std::vector<std::string>{"vm7/private.img", "vm7/firewall.xml", "vm9/private.img"});
    for (const auto& [name, content] : good.files) {
        CHECK(read.files.at(name).whole);
        CHECK(read.files.at(name).bytes() == content);
    }
    std::vector<TarEntry> entries = entries_of(good.bytes);
    CHECK(entry_of(entries, "vm7/private.img.002.enc").content.size() > 128);
    CHECK(entries.size() == 2 + 1 + 3 + 1 + 1 + 1);
}

TEST_CASE("backup.md 51: images of any size come back bit for bit", "[backup]")
{
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    MemorySink sink;
    ArchiveWriter writer{settings_of(Compression::gzip, 3000), passphrase, sink};
    writer.add_metadata("<qubes/>");
    std::vector<std::string> images;
    for (const std::size_t size :
         {0U, 1U, 511U, 512U, 513U, 1000U, 4095U, 4096U, 4097U, 65536U, 65537U})
        images.push_back(noise(size, static_cast<unsigned>(size)));
    images.push_back(std::string(100'000, '\0'));
    images.push_back(noise(5000) + std::string(200'000, '\0') + "end");
    images.push_back(std::string(200'000, '\0') + noise(10) + std::string(70'000, '\0'));
    for (std::size_t i = 0; i < images.size(); ++i)
        writer.add_image("vm" + std::to_string(i + 1) + "/root.img", image_file(images[i]).get(),
                         images[i].size());
    const ArchiveFacts facts = writer.finish();
    CHECK(facts.bytes == sink.bytes.size());
    CHECK(facts.members == entries_of(sink.bytes).size());

    ReadArchive read = read_archive(sink.bytes);
    for (std::size_t i = 0; i < images.size(); ++i) {
        const KeepingReceiver& came = read.files.at("vm" + std::to_string(i + 1) + "/root.img");
        INFO("size " << images[i].size());
        CHECK(came.file.size == images[i].size());
        CHECK(came.bytes() == images[i]);
    }
    CHECK(read.files.at("vm12/root.img").pieces.empty());
    CHECK(read.files.at("vm13/root.img").pieces.size() == 2);
    CHECK(read.files.at("vm13/root.img").file.stored == 8192 + 205'003 - 204'800);
    CHECK(read.files.at("vm14/root.img").file.stored == 4096);
}

TEST_CASE("archive: files are taken or skipped, and the manifest knows either", "[backup]")
{
    const GoodArchive good = good_archive(Compression::gzip);
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    for (unsigned taken = 0; taken < 8; ++taken) {
        MemorySource source{good.bytes};
        ArchiveReader reader{source, passphrase};
        CHECK(reader.metadata() == good.metadata);
        for (unsigned file = 0; const auto name = reader.next(); ++file) {
            if ((taken >> file & 1U) == 0) {
                if (file == 1)
                    reader.skip(); // else the next `next` does
                continue;
            }
            KeepingReceiver receiver;
            reader.take(receiver);
            CHECK(receiver.bytes() == good.files.at(*name));
        }
        CHECK_NOTHROW(reader.finish());
        CHECK(source.left() == 0);
        CHECK(reader.bytes() == good.bytes.size());
    }
}

TEST_CASE("archive: a receiver that refuses one file may have the others", "[backup]")
{
    struct Refusing final : FileReceiver {
        void begin(const ArchivedFile&) override {}
        void content(std::uint64_t, std::string_view) override
        {
            throw Error{failure::no_space, "the pool is full"};
        }
    };
    const GoodArchive good = good_archive(Compression::none);
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    MemorySource source{good.bytes};
    ArchiveReader reader{source, passphrase};
    static_cast<void>(reader.metadata());
    REQUIRE(reader.next() == "vm7/private.img");
    Refusing refusing;
    CHECK(failure_of([&] { reader.take(refusing); }) == Failure::resources);
    REQUIRE(reader.next() == "vm7/firewall.xml");
    KeepingReceiver receiver;
    reader.take(receiver);
    CHECK(receiver.bytes() == good.files.at("vm7/firewall.xml"));
    REQUIRE(reader.next() == "vm9/private.img");
    reader.skip();
    CHECK_FALSE(reader.next());
    CHECK_NOTHROW(reader.finish());
}

TEST_CASE("archive: a tree comes as the tar that it went as", "[backup]")
{
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    const std::string tree = inner_tar("a", noise(70'000)) + inner_tar("b", "");
    MemorySink sink;
    ArchiveWriter writer{settings_of(Compression::zstd, 30'000), passphrase, sink};
    writer.add_metadata("<qubes/>");
    MemorySource tar{tree};
    std::uint64_t told = 0;
    writer.add_tar("dom0-home/user", tar, [&](std::uint64_t done) { told = done; });
    CHECK(told == tree.size());
    static_cast<void>(writer.finish());

    const std::uint64_t limit = GENERATE_COPY(tree.size(), tree.size() - 1);
    MemorySource source{sink.bytes};
    ArchiveReader reader{source, passphrase};
    static_cast<void>(reader.metadata());
    REQUIRE(reader.next() == "dom0-home/user");
    MemorySink came;
    const auto fault = backup_fault_of([&] { reader.take_tar(came, limit); });
    if (limit == tree.size()) {
        CHECK_FALSE(fault);
        CHECK(came.bytes == tree);
        CHECK_FALSE(reader.next());
        CHECK_NOTHROW(reader.finish());
    } else {
        CHECK(fault == BackupFault::size_limit);
    }
}

TEST_CASE("archive: chunks may wait in a file", "[backup]")
{
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    ArchiveSettings settings = settings_of(Compression::none, 100'000);
    settings.low_memory = true;
    MemorySink sink;
    ArchiveWriter writer{settings, passphrase, sink};
    writer.add_metadata("<qubes/>");
    const std::string image = noise(1'000'000);
    writer.add_image("vm3/private.img", image_file(image).get(), image.size());
    static_cast<void>(writer.finish());
    CHECK(read_archive(sink.bytes).files.at("vm3/private.img").bytes() == image);
}

TEST_CASE("archive: whoever fails while it is written is heard, at once", "[backup]")
{
    struct FullSink final : ByteSink {
        void write(std::string_view bytes) override
        {
            if ((taken += bytes.size()) > 300'000)
                throw Error{failure::no_space, "the disk is full"};
        }
        std::size_t taken = 0;
    };
    const auto compression = GENERATE(Compression::none, Compression::gzip, Compression::zstd);
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    const std::string content = noise(3'000'000);
    const Fd image = image_file(content);

    SECTION("the sink")
    {
        FullSink sink;
        ArchiveWriter writer{settings_of(compression, 100'000), passphrase, sink};
        writer.add_metadata("<qubes/>");
        CHECK(failure_of([&] {
                  writer.add_image("vm3/private.img", image.get(), content.size());
              }) == Failure::resources);
        CHECK(failure_of([&] { static_cast<void>(writer.finish()); }) == Failure::internal);
    }
    SECTION("the image, which is shorter than it should be")
    {
        MemorySink sink;
        ArchiveWriter writer{settings_of(compression, 100'000), passphrase, sink};
        writer.add_metadata("<qubes/>");
        try {
            writer.add_image("vm3/private.img", image.get(), content.size() + 1);
            FAIL("nobody noticed");
        } catch (const BackupError& error) {
            CHECK(error.fault() == BackupFault::read_error);
            CHECK(error.text() == "read-error: 'vm3/private.img' cannot be read at offset 3000000");
        }
    }
    SECTION("nobody")
    {
        MemorySink sink;
        ArchiveWriter writer{settings_of(compression, 100'000), passphrase, sink};
        writer.add_metadata("<qubes/>");
        writer.add_image("vm3/private.img", image.get(), content.size());
        static_cast<void>(writer.finish());
        CHECK(read_archive(sink.bytes).files.at("vm3/private.img").bytes() == content);
    }
    SECTION("whoever wants it to stop")
    {
        MemorySink sink;
        int polls = 0;
        ArchiveWriter writer{settings_of(compression, 100'000), passphrase, sink, [&] {
                                 if (++polls > 5)
                                     throw Error{failure::cancelled, "stopped"};
                             }};
        writer.add_metadata("<qubes/>");
        CHECK_THROWS_WITH(writer.add_image("vm3/private.img", image.get(), content.size()),
                          "stopped");
    }
}

TEST_CASE("archive: what is expected, in whatever order, changes nothing but the time", "[backup]")
{
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    MemorySink sink;
    ArchiveWriter writer{settings_of(Compression::none, 1000), passphrase, sink};
    const std::string image = noise(5000);
    for (const char* const name : {"vm1/private.img", "vm9/private.img", "vm2/private.img",
                                   "vm3/private.img", "vm3/private.img", "nonsense"})
        writer.expect(name);
    writer.add_metadata("<qubes/>");
    for (const char* const name : {"vm1/private.img", "vm2/private.img", "vm4/private.img",
                                   "vm3/private.img", "vm9/private.img"})
        writer.add_image(name, image_file(image).get(), image.size());
    writer.expect("vm10/private.img");
    static_cast<void>(writer.finish());
    ReadArchive read = read_archive(sink.bytes);
    CHECK(read.files.size() == 5);
    for (const auto& [name, came] : read.files)
        CHECK(came.bytes() == image);
}

TEST_CASE("archive: the manifest says what is there, and which qube ran", "[backup]")
{
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    MemorySink sink;
    ArchiveWriter writer{settings_of(Compression::none, 1000), passphrase, sink};
    writer.add_metadata("<qubes/>");
    const std::string image = noise(5000) + std::string(100'000, '\0');
    std::vector<std::uint64_t> told;
    writer.add_image("vm1/private.img", image_file(image).get(), image.size(), {.live = true},
                     [&](std::uint64_t done) { told.push_back(done); });
    writer.add_file("vm1/notes.txt", "text");
    static_cast<void>(writer.finish());
    CHECK(std::ranges::is_sorted(told));
    CHECK(told.back() == image.size());

    std::vector<TarEntry> entries = entries_of(sink.bytes);
    const std::string tar = ArchiveMaker{}.opened(entry_of(entries, "qubes-mgmt-manifest.000.enc"));
    const std::string inner = inner_tar("vm1/notes.txt", "text");
    const std::string metadata = inner_tar("qubes.xml", "<qubes/>");
    CHECK(tar.substr(512).starts_with("qubes-mgmt-manifest 1\nbackup-id=20260101T000000-42\n"
                                      "file qubes.xml chunks=1 stored=2048 size=8 tarsha256=" +
                                      sha256_hex(metadata) +
                                      "\nfile vm1/private.img chunks=12 stored="));
    CHECK(tar.find(" state=live\nfile vm1/notes.txt chunks=3 stored=2048 size=4 tarsha256=" +
                   sha256_hex(inner) + "\nend files=3 members=19\n") != std::string::npos);
}

TEST_CASE("archive: names and order are the writer's promise", "[backup]")
{
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    MemorySink sink;
    ArchiveWriter writer{settings_of(Compression::none), passphrase, sink};
    const auto add = [&](const std::string& name) {
        return failure_of([&] { writer.add_file(name, "x"); });
    };
    CHECK(add("vm7/firewall.xml") == Failure::internal); // the metadata is first
    writer.add_metadata("<qubes/>");
    CHECK_FALSE(add("vm7/firewall.xml"));
    CHECK(add("vm7/firewall.xml") == Failure::internal);
    CHECK(add("qubes.xml") == Failure::internal);
    CHECK(add("qubes-mgmt-manifest") == Failure::internal);
    CHECK(add("../x") == Failure::internal);
    static_cast<void>(writer.finish());
    CHECK(add("vm8/firewall.xml") == Failure::internal);
    CHECK(read_archive(sink.bytes).files.size() == 1);
}
