// SPDX-License-Identifier: GPL-2.0-or-later
//
// Large images, in little memory.

#include "support/archives.hpp"
#include "support/catch.hpp"

#include <fstream>
#include <sstream>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

// KiB, the most this process has had since `forget_peak`.
long peak_memory()
{
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:"))
            return std::stol(line.substr(6));
    }
    throw std::runtime_error{"no VmHWM"};
}

void forget_peak()
{
    std::ofstream{"/proc/self/clear_refs"} << 5;
}

// Counts, and keeps nothing.
class Counting final : public FileReceiver {
public:
    void begin(const ArchivedFile& begun) override { file = begun; }
    void content(std::uint64_t, std::string_view bytes) override { came += bytes.size(); }

    ArchivedFile file;
    std::uint64_t came = 0;
};

std::string archive_of(int fd, std::uint64_t size, Compression compression)
{
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    MemorySink sink;
    ArchiveWriter writer{{.backup_id = "x", .compression = compression, .level = 1, .cost = cheap},
                         passphrase,
                         sink};
    writer.add_metadata("<qubes/>");
    writer.add_image("vm7/private.img", fd, size);
    static_cast<void>(writer.finish());
    return std::move(sink.bytes);
}

} // namespace

TEST_CASE("backup.md 50: ten gigabytes of zeros take nothing", "[backup]")
{
    const auto compression = GENERATE(Compression::gzip, Compression::none);
    const Fd image = image_file();
    REQUIRE(::ftruncate(image.get(), static_cast<off_t>(10 * gib)) == 0);
    forget_peak();
    const long before = peak_memory();
    const std::string archive = archive_of(image.get(), 10 * gib, compression);
    CHECK(archive.size() < 1 << 20);
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    MemorySource source{archive};
    ArchiveReader reader{source, passphrase};
    static_cast<void>(reader.metadata());
    REQUIRE(reader.next());
    Counting receiver;
    reader.take(receiver);
    CHECK(receiver.file.size == 10 * gib);
    CHECK(receiver.came == 0);
    CHECK_FALSE(reader.next());
    CHECK_NOTHROW(reader.finish());
    CHECK(peak_memory() - before < 64 * 1024);
}

TEST_CASE("archive: twenty gigabytes with some data come back where they were", "[backup]")
{
    const Fd image = image_file();
    const std::uint64_t size = 20 * gib + 777;
    REQUIRE(::ftruncate(image.get(), static_cast<off_t>(size)) == 0);
    std::map<std::uint64_t, std::string> pieces;
    for (const std::uint64_t at : {std::uint64_t{0}, 4 * gib - 3, 9 * gib + 12'345, size - 100})
        pieces[at] = noise(at == size - 100 ? 100 : 70'000, static_cast<unsigned>(at % 1000));
    for (const auto& [at, piece] : pieces)
        REQUIRE(::pwrite(image.get(), piece.data(), piece.size(), static_cast<off_t>(at)) ==
                static_cast<ssize_t>(piece.size()));
    const ReadArchive read = read_archive(archive_of(image.get(), size, Compression::zstd));
    const KeepingReceiver& came = read.files.at("vm7/private.img");
    CHECK(came.file.size == size);
    CHECK(came.file.stored < 4 * 80'000);
    for (const auto& [at, piece] : pieces) {
        const auto behind = came.pieces.upper_bound(at);
        REQUIRE(behind != came.pieces.begin());
        const auto& [begin, content] = *std::prev(behind);
        CHECK(content.substr(at - begin, piece.size()) == piece);
    }
}
