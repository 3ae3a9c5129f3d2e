// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/fault.hpp"
#include "backup/home/home_tree.hpp"
#include "base/fd.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"
#include "support/in_child.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace fs = std::filesystem;

namespace {

// Removed at the end.
struct Scratch {
    Scratch()
    {
        char pattern[] = "/tmp/qm.XXXXXX";
        if (::mkdtemp(pattern) == nullptr)
            throw std::runtime_error{"mkdtemp"};
        path = pattern;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { static_cast<void>(remove_home(path)); }

    fs::path path;
};

const fs::path& scratch()
{
    static const Scratch instance;
    return instance.path;
}

fs::path fresh(const std::string& name)
{
    const fs::path path = scratch() / name;
    fs::remove_all(path);
    fs::create_directories(path);
    return path;
}

std::string text_of(const fs::path& path)
{
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

// In a child, because the working directory changes: the fault that it ended with.
std::optional<BackupFault> fault_in_child(const std::function<void()>& work)
{
    const pid_t child = ::fork();
    if (child == 0) {
        try {
            work();
        } catch (const BackupError& error) {
            ::_exit(1 + static_cast<int>(error.fault()));
        } catch (const std::exception&) {
            ::_exit(255);
        }
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) != 255);
    if (WEXITSTATUS(status) == 0)
        return std::nullopt;
    return static_cast<BackupFault>(WEXITSTATUS(status) - 1);
}

std::optional<BackupFault> unpack(int tar, const fs::path& into,
                                  std::uint64_t limit = std::uint64_t{1} << 30)
{
    return fault_in_child([&] {
        if (::chdir(into.c_str()) != 0 || ::lseek(tar, 0, SEEK_SET) != 0)
            ::_exit(255);
        unpack_home(tar, limit);
    });
}

// Everything that a person has at home.
fs::path furnished()
{
    const auto home = fresh("home");
    std::ofstream{home / "note"} << "hello";
    std::ofstream{home / "\xc3\xa4\xe2\x82\xac"} << "utf-8";
    std::ofstream{home / "\xe4 latin"} << "latin-1";
    fs::create_directories(home / "deep" / std::string(200, 'd') / "er");
    std::ofstream{home / "deep" / std::string(200, 'd') / "er" / "leaf"}
        << std::string(70'000, 'x');
    fs::create_directories(home / "empty");
    ::chmod((home / "empty").c_str(), 0500);
    fs::create_symlink("/nowhere/at/all", home / "dangling");
    fs::create_hard_link(home / "note", home / "same");
    std::ofstream{home / "sparse"} << "begin";
    fs::resize_file(home / "sparse", 100'000'000);
    std::ofstream{home / "tool"} << "#!";
    ::chmod((home / "tool").c_str(), 04755);
    ::mkfifo((home / "pipe").c_str(), 0600);
    return home;
}

void check_furnished(const fs::path& home)
{
    CHECK(text_of(home / "note") == "hello");
    CHECK(text_of(home / "\xc3\xa4\xe2\x82\xac") == "utf-8");
    CHECK(text_of(home / "\xe4 latin") == "latin-1");
    CHECK(text_of(home / "deep" / std::string(200, 'd') / "er" / "leaf") ==
          std::string(70'000, 'x'));
    CHECK(fs::is_directory(home / "empty"));
    CHECK(fs::read_symlink(home / "dangling") == "/nowhere/at/all");
    CHECK(fs::equivalent(home / "note", home / "same"));
    CHECK_FALSE(fs::exists(home / "pipe"));
    struct stat facts {};
    REQUIRE(::stat((home / "sparse").c_str(), &facts) == 0);
    CHECK(facts.st_size == 100'000'000);
    CHECK(facts.st_blocks < 2048);
    CHECK(text_of(home / "sparse").substr(0, 6) == std::string{"begin\0", 6});
}

Fd packed(const fs::path& home)
{
    Fd tar{::memfd_create("tar", MFD_CLOEXEC)};
    CHECK_FALSE(fault_in_child([&] { static_cast<void>(pack_home(home, "user", tar.get())); }));
    return tar;
}

// One entry of a tar that somebody has made who knew the passphrase.
struct Evil {
    std::string path;
    mode_t type = AE_IFREG;
    std::string content = {};
    std::string target = {};
    std::string same_as = {};
    mode_t rights = 0644;
};

Fd tar_of(const std::vector<Evil>& entries)
{
    Fd tar{::memfd_create("tar", MFD_CLOEXEC)};
    archive* writer = archive_write_new();
    archive_write_set_format_pax_restricted(writer);
    archive_write_open_fd(writer, tar.get());
    for (const Evil& one : entries) {
        archive_entry* entry = archive_entry_new();
        archive_entry_set_pathname(entry, one.path.c_str());
        archive_entry_set_filetype(entry, one.type);
        archive_entry_set_perm(entry, one.rights);
        archive_entry_set_size(entry, static_cast<la_int64_t>(one.content.size()));
        if (!one.target.empty())
            archive_entry_set_symlink(entry, one.target.c_str());
        if (!one.same_as.empty())
            archive_entry_set_hardlink(entry, one.same_as.c_str());
        if (one.type == AE_IFCHR)
            archive_entry_set_rdev(entry, 0x0103);
        REQUIRE(archive_write_header(writer, entry) == ARCHIVE_OK);
        archive_write_data(writer, one.content.data(), one.content.size());
        archive_entry_free(entry);
    }
    archive_write_free(writer);
    return tar;
}

const std::string inside = "dom0-home/user/";

} // namespace

TEST_CASE("dom0's home: what is packed is unpacked as it was", "[backup]")
{
    const auto home = furnished();
    const Fd tar = packed(home);
    struct stat facts {};
    REQUIRE(::fstat(tar.get(), &facts) == 0);
    CHECK(facts.st_size < 400'000); // without the hole

    const auto unpacked = fresh("unpacked");
    CHECK_FALSE(unpack(tar.get(), unpacked));
    check_furnished(unpacked);
    REQUIRE(::stat((unpacked / "tool").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777) == 0755);
    REQUIRE(::stat((unpacked / "empty").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777) == 0500);
    CHECK(remove_home(unpacked.string()));
    CHECK_FALSE(fs::exists(unpacked));
    CHECK(remove_home(unpacked.string()));

    // by hand, with what every Linux has
    const auto by_hand = fresh("by-hand");
    const auto file = (scratch() / "home.tar").string();
    REQUIRE(::lseek(tar.get(), 0, SEEK_SET) == 0);
    std::ofstream{file, std::ios::binary}
        << read_at(tar.get(), 0, static_cast<std::size_t>(std::size_t{1} << 20));
    CHECK(in_child([&] {
              ::execlp("tar", "tar", "-xf", file.c_str(), "-C", by_hand.c_str(), nullptr);
              return 127;
          }) == 0);
    check_furnished(by_hand / "dom0-home" / "user");

    HomeFacts measured;
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    CHECK_FALSE(fault_in_child([&] {
        const auto found = measure_home(home);
        static_cast<void>(::write(ends[1], &found, sizeof found));
    }));
    REQUIRE(::read(ends[0], &measured, sizeof measured) == sizeof measured);
    CHECK(measured.bytes > 70'000);
    CHECK(measured.bytes < 400'000);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_CASE("dom0's home: a home that is not there, a name that no archive has, nobody who reads",
          "[backup]")
{
    const auto home = fresh("home");
    std::ofstream{home / "big"} << std::string(300'000, 'x');
    const Fd nothing{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
    const Fd drain{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
    const auto pack = [&](const std::string& from, const std::string& name, int to) {
        return fault_in_child([&] { static_cast<void>(pack_home(from, name, to)); });
    };
    CHECK_FALSE(pack(home, "user", drain.get()));
    CHECK(pack(home / "not", "user", drain.get()) == BackupFault::read_error);
    CHECK(pack(home, "user", nothing.get()) == BackupFault::read_error);
    for (const char* name : {"", "a/b", "..", "-x", "a..b", "012345678901234567890123456789012"})
        CHECK(pack(home, name, drain.get()) == BackupFault::read_error);
}

TEST_CASE("dom0's home: nothing of a tar leads out of its directory", "[backup]")
{
    const auto outside = fresh("outside");
    std::ofstream{outside / "victim"} << "untouched";
    const std::string away = outside.string();
    const std::vector<std::vector<Evil>> hostile = {
        {{.path = away + "/new"}},
        {{.path = "../new"}},
        {{.path = "dom0-home/../new"}},
        {{.path = inside + "../../../outside/new"}},
        {{.path = inside + "a/../b"}},
        {{.path = inside + "a//b"}},
        {{.path = inside + "./b"}},
        {{.path = "dom0-home/"}},
        {{.path = "dom0-home/user", .content = "x"}},
        {{.path = "dom0-home/..", .type = AE_IFDIR}},
        {{.path = "home/user/x"}},
        {{.path = inside + "way", .type = AE_IFLNK, .target = away},
         {.path = inside + "way/new", .content = "x"}},
        {{.path = inside + "link", .same_as = away + "/victim"}},
        {{.path = inside + "link", .same_as = inside + "../../../outside/victim"}},
        {{.path = inside + "link", .same_as = "dom0-home/user"}},
        {{.path = inside + "null", .type = AE_IFCHR}},
        {{.path = inside + "pipe", .type = AE_IFIFO}},
    };
    for (const auto& entries : hostile) {
        CAPTURE(entries.front().path, entries.front().same_as);
        const auto into = fresh("into");
        const Fd tar = tar_of(entries);
        CHECK(unpack(tar.get(), into) == BackupFault::dom0_home_unsafe);
        CHECK(text_of(outside / "victim") == "untouched");
        CHECK_FALSE(fs::exists(outside / "new"));
        CHECK_FALSE(fs::exists(scratch() / "new"));
        CHECK(fs::hard_link_count(outside / "victim") == 1);
    }
    // a link that is there is a file of the home, wherever it points; it is not followed
    const auto into = fresh("into");
    const Fd tar = tar_of({{.path = inside + "way", .type = AE_IFLNK, .target = away + "/victim"},
                           {.path = inside + "way", .content = "overwritten"}});
    CHECK_FALSE(unpack(tar.get(), into));
    CHECK(text_of(outside / "victim") == "untouched");
    // nor where a directory is said to be there, too: it is replaced, or nothing comes of it
    const auto again = fresh("into");
    static_cast<void>(unpack(tar_of({{.path = inside + "way", .type = AE_IFLNK, .target = away},
                                     {.path = inside + "way/", .type = AE_IFDIR, .rights = 0755},
                                     {.path = inside + "way/new", .content = "x"}})
                                 .get(),
                             again));
    CHECK_FALSE(fs::exists(outside / "new"));
}

TEST_CASE("dom0's home: no more comes out of a tar than was allowed", "[backup]")
{
    const auto into = fresh("into");
    const Fd big = tar_of({{.path = inside + "big", .content = std::string(100'000, 'x')}});
    CHECK(unpack(big.get(), into, 50'000) == BackupFault::dom0_home_unsafe);
    CHECK_FALSE(unpack(big.get(), fresh("into"), 200'000));
    std::vector<Evil> many;
    for (int i = 0; i < 100; ++i)
        many.push_back({.path = inside + std::to_string(i)});
    CHECK(unpack(tar_of(many).get(), fresh("into"), 50'000) == BackupFault::dom0_home_unsafe);
    // cut off, and no tar at all
    Fd cut = tar_of({{.path = inside + "big", .content = std::string(100'000, 'x')}});
    REQUIRE(::ftruncate(cut.get(), 50'000) == 0);
    CHECK(unpack(cut.get(), fresh("into")) == BackupFault::dom0_home_unsafe);
    Fd junk{::memfd_create("tar", MFD_CLOEXEC)};
    REQUIRE(write_all(junk.get(), std::string(20'000, 'j')));
    CHECK(unpack(junk.get(), fresh("into")) == BackupFault::dom0_home_unsafe);
}
