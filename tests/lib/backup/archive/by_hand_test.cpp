// SPDX-License-Identifier: GPL-2.0-or-later
//
// Our archives and the programs of any Debian: what we write they recover (backup.md 5), what they
// make as upstream does we read.

#include "support/archives.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

using namespace qmgmt;
using namespace qmgmt::test;
namespace fs = std::filesystem;

namespace {

class Place {
public:
    Place()
    {
        std::string pattern = "/tmp/qmgmt-by-hand-XXXXXX";
        path_ = ::mkdtemp(pattern.data());
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { fs::remove_all(path_); }

    [[nodiscard]] std::string operator/(const std::string& name) const
    {
        return path_ + '/' + name;
    }

    void write(const std::string& name, std::string_view bytes) const
    {
        fs::create_directories(fs::path{*this / name}.parent_path());
        std::ofstream{*this / name, std::ios::binary} << bytes;
    }
    [[nodiscard]] std::string read(const std::string& name) const
    {
        std::ifstream file{*this / name, std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    // A file of `size` bytes with some data, as an image is.
    void write_sparse(const std::string& name, std::uint64_t size,
                      const std::map<std::uint64_t, std::string>& pieces) const
    {
        write(name, "");
        fs::resize_file(*this / name, size);
        const Fd file{::open((*this / name).c_str(), O_WRONLY | O_CLOEXEC)};
        for (const auto& [at, piece] : pieces)
            REQUIRE(::pwrite(file.get(), piece.data(), piece.size(), static_cast<off_t>(at)) ==
                    static_cast<ssize_t>(piece.size()));
    }
    // A script, as tests/support sees it; its input is the passphrase.
    [[nodiscard]] int run(const std::string& script, const std::string& arguments,
                          std::string_view passphrase) const
    {
        write("passphrase", std::string{passphrase} + '\n');
        const std::string command = QMGMT_TEST_SUPPORT "/" + script + ' ' + arguments + " < " +
                                    *this / "passphrase" + " 2> " + *this / "errors";
        const int status = std::system(command.c_str());
        INFO(read("errors"));
        CHECK((status == 0 || !read("errors").empty()));
        return status;
    }

private:
    std::string path_;
};

std::uint64_t disk_usage(const std::string& path)
{
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

// An archive of some files of all kinds, in the file "archive"; what was archived.
std::map<std::string, std::string>
write_archive(const Place& place, const ArchiveSettings& settings, std::string_view passphrase)
{
    std::map<std::string, std::string> files{
        {"qubes.xml", "<qubes>\n</qubes>\n"},
        {"vm7/firewall.xml", "<firewall version=\"2\"/>\n"},
        {"vm7/private.img", noise(30'000) + std::string(500'000, '\0') + "end"},
        {"vm7/root.img", std::string(100'000, '\0') + noise(5'000) + std::string(300'000, '\0')},
        {"vm12/private.img", std::string(1 << 20, '\0')},
        {"vm12/notes.txt", ""},
        {"vm13/private.img", noise(1'000)}};
    MemorySink sink;
    const Passphrase secret = Passphrase::parse(passphrase);
    ArchiveWriter writer{settings, secret, sink};
    writer.add_metadata(files.at("qubes.xml"));
    for (const auto& [name, content] : files) {
        if (name.ends_with(".img"))
            writer.add_image(name, image_file(content).get(), content.size());
        else if (name != "qubes.xml")
            writer.add_file(name, content);
    }
    static_cast<void>(writer.finish());
    place.write("archive", sink.bytes);
    return files;
}

} // namespace

TEST_CASE("archive: tar, scrypt and the decompressor recover it by hand", "[backup]")
{
    struct Case {
        Compression compression;
        std::size_t chunk_size;
        std::string passphrase;
    };
    const Case wanted =
        GENERATE(Case{Compression::gzip, archive_chunk_size, "correct horse battery"},
                 Case{Compression::none, 20'000, "it's \"$HOME\" & `id`; \\n !! *"},
                 Case{Compression::zstd, 20'000,
                      "  Gr\xc3\xbc\xc3\x9f"
                      "e \xf0\x9f\x94\x91  "});
    const Place place;
    const auto files = write_archive(place,
                                     {.backup_id = std::string{test_id},
                                      .compression = wanted.compression,
                                      .level = 1,
                                      .cost = cheap,
                                      .chunk_size = wanted.chunk_size},
                                     wanted.passphrase);
    REQUIRE(place.run("../../packaging/recover-backup", place / "archive " + place / "out",
                      wanted.passphrase) == 0);
    for (const auto& [name, content] : files)
        CHECK(place.read("out/plain/" + name) == content);
    // Still sparse.
    CHECK(disk_usage(place / "out/plain/vm12/private.img") <= 4096);
    CHECK(disk_usage(place / "out/plain/vm7/private.img") <= 64 * 1024);
    CHECK(disk_usage(place / "out/plain/vm7/root.img") <= 64 * 1024);
    const std::string manifest = place.read("out/plain/qubes-mgmt-manifest");
    CHECK(manifest.starts_with("qubes-mgmt-manifest 1\nbackup-id=20260101T000000-42\n"
                               "file qubes.xml chunks=1 stored="));
    CHECK(manifest.find("\nend files=" + std::to_string(files.size()) + " members=") !=
          std::string::npos);
    CHECK(place.run("../../packaging/recover-backup", place / "archive " + place / "wrong",
                    "another") != 0);
}

TEST_CASE("archive: more than a thousand chunks are in order for everybody", "[backup]")
{
    const Place place;
    const std::string image = noise(515'000);
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    MemorySink sink;
    ArchiveWriter writer{{.backup_id = std::string{test_id},
                          .compression = Compression::none,
                          .cost = cheap,
                          .chunk_size = 512},
                         passphrase,
                         sink};
    writer.add_metadata("<qubes/>");
    writer.add_image("vm3/private.img", image_file(image).get(), image.size());
    static_cast<void>(writer.finish());
    std::vector<TarEntry> entries = entries_of(sink.bytes);
    CHECK_NOTHROW(entry_of(entries, "vm3/private.img.999.enc"));
    CHECK_NOTHROW(entry_of(entries, "vm3/private.img.1000.enc"));
    CHECK(read_archive(sink.bytes).files.at("vm3/private.img").bytes() == image);

    place.write("archive", sink.bytes);
    REQUIRE(place.run("../../packaging/recover-backup", place / "archive " + place / "out",
                      test_passphrase) == 0);
    CHECK(place.read("out/plain/vm3/private.img") == image);
}

TEST_CASE("archive: one that upstream's programs made is read", "[backup]")
{
    const std::string compression = GENERATE("gzip", "no", "zstd", "bzip2", "xz");
    const Place place;
    const std::string small = noise(3'000);
    place.write("in/qubes.xml", "<qubes/>\n");
    place.write("in/vm7/firewall.xml", small);
    place.write("in/vm7/notes.txt", "");
    place.write_sparse("in/vm7/private.img", std::uint64_t{20} << 30,
                       {{0, "begin"}, {5'000'000'000, noise(9'000)}});
    place.write_sparse("in/vm7/root.img", 3'000'001, {{2'000'000, noise(100'000)}});
    place.write("in/vm8/private.img", noise(10'000)); // no hole at all
    place.write_sparse("in/vm8/root.img", 1 << 20, {});
    REQUIRE(place.run("archive-by-hand",
                      place / "in " + place / "archive " + compression + " 20480",
                      "it's ours") == 0);

    ReadArchive read = read_archive(place.read("archive"), "it's ours");
    CHECK_FALSE(read.header.manifest);
    CHECK(read.metadata == "<qubes/>\n");
    CHECK(read.order.size() == 6);
    for (const char* const name :
         {"vm7/firewall.xml", "vm7/notes.txt", "vm7/root.img", "vm8/private.img", "vm8/root.img"}) {
        CHECK(read.files.at(name).whole);
        CHECK(read.files.at(name).bytes() == place.read(std::string{"in/"} + name));
    }
    const KeepingReceiver& image = read.files.at("vm7/private.img");
    CHECK(image.file.size == std::uint64_t{20} << 30);
    CHECK(image.file.stored < 64 * 1024);
    std::string data;
    for (const auto& [at, piece] : image.pieces) {
        if (at <= 5'000'000'000 && at + piece.size() >= 5'000'009'000)
            data = piece.substr(5'000'000'000 - at, 9'000);
    }
    CHECK(data == noise(9'000));
}
