// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/digest.hpp"
#include "backup/destination/archive_file.hpp"
#include "backup/fault.hpp"
#include "support/catch.hpp"
#include "support/in_child.hpp"
#include "support/in_root.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <set>
#include <sstream>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using qmgmt::test::Root;

namespace {

namespace fs = std::filesystem;

constexpr CallSpec spec{.name = "mgmt.backup.Execute",
                        .summary = "",
                        .destination = Destination::dom0,
                        .effect = Effect::execute};

Profile profile_to(std::string_view path, std::string_view more = "")
{
    return parse_profile(
        ProfileId::parse("nightly"),
        "destination_vm: dom0\npassphrase_text: correct horse\ndestination_path: " +
            std::string{path} + "\n" + std::string{more});
}

// Fri Jan 2 12:00:00 UTC 2026
constexpr std::time_t noon = 1767355200;

std::string text_of(const std::string& path)
{
    const std::ifstream file{path};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::set<std::string> names_in(const std::string& directory)
{
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator{directory})
        names.insert(entry.path().filename());
    return names;
}

// What a test does below a root: a call, a profile, stop signals.
struct Stage {
    explicit Stage(Profile wanted) : profile{std::move(wanted)} {}

    Request request{.destination = "dom0"};
    Call call{spec, request};
    Profile profile;
    StopSignals stop;
};

std::string sha256_of(const std::string& content)
{
    Digest digest;
    digest.update(content);
    return digest.hex();
}

bool fails(BackupFault fault, const std::function<void()>& body)
{
    try {
        body();
    } catch (const BackupError& error) {
        return error.fault() == fault && error.text().find('/') == std::string::npos;
    }
    return false;
}

} // namespace

TEST_CASE("archive file: it has its name when it is complete, and nobody else may read it")
{
    const Root root;
    root.write("/backups/other", "");
    const std::string directory =
        root.make_way("/backups/x").substr(0, root.make_way("/backups").size());
    CHECK(root.run([&] {
        ::setenv("TZ", "UTC", 1);
        Stage stage{profile_to("/backups")};
        ArchiveFile file{stage.call, stage.profile, stage.stop};
        file.begin(noon);
        file.write("first ");
        const std::string partial = ".qubes-nightly-2026-01-02T120000.partial";
        if (names_in(directory) != std::set<std::string>{"other", partial})
            return false;
        file.write(std::string(3 << 20, 'x'));
        const auto [name, sha256] = file.finish();
        struct stat facts {};
        const std::string path = directory + "/" + name;
        return name == "qubes-nightly-2026-01-02T120000" &&
               sha256 == sha256_of("first " + std::string(3 << 20, 'x')) &&
               names_in(directory) == std::set<std::string>{"other", name} &&
               ::stat(path.c_str(), &facts) == 0 && (facts.st_mode & 07777) == 0600 &&
               text_of(path) == "first " + std::string(3 << 20, 'x');
    }));
}

TEST_CASE("archive file: one that is not finished leaves nothing, and no name is taken twice")
{
    const Root root;
    root.write("/backups/full.qbk", "old");
    const std::string directory = root.make_way("/backups");
    const auto archive = [&](const std::string& content, bool finish) {
        Stage stage{profile_to("/backups/full.qbk")};
        ArchiveFile file{stage.call, stage.profile, stage.stop};
        file.begin(noon);
        file.write(content);
        if (!finish)
            return std::string{};
        return file.finish().name;
    };
    CHECK(root.run([&] {
        static_cast<void>(archive("new", false));
        if (names_in(directory) != std::set<std::string>{"full.qbk"})
            return false;
        return archive("second", true) == "full.qbk-2" && archive("third", true) == "full.qbk-3" &&
               text_of(directory + "/full.qbk") == "old" &&
               text_of(directory + "/full.qbk-2") == "second" &&
               text_of(directory + "/full.qbk-3") == "third";
    }));
}

TEST_CASE("archive file: it is read back from the disk, early or late, unless the profile says no")
{
    const Root root;
    const std::string directory = root.make_way("/backups/x");
    fs::create_directory(directory.substr(0, directory.size() - 2));
    const std::string content(80 << 20, 'x');
    const std::string partial =
        directory.substr(0, directory.size() - 1) + ".qubes-nightly-2026-01-02T120000.partial";
    // `at`: of a byte that is another on the disk.
    const auto archive = [&](std::string_view more, std::optional<off_t> at) {
        Stage stage{profile_to("/backups", more)};
        ArchiveFile file{stage.call, stage.profile, stage.stop};
        file.begin(noon);
        if (at) {
            // Before it is written to, for the reading is not far behind.
            const Fd other{::open(partial.c_str(), O_WRONLY | O_CLOEXEC)};
            file.write(content.substr(0, static_cast<std::size_t>(*at) + 1));
            if (::pwrite(other.get(), "y", 1, *at) != 1)
                return std::string{"not written"};
            file.write(content.substr(static_cast<std::size_t>(*at) + 1));
        } else {
            file.write(content);
        }
        const auto [name, sha256] = file.finish();
        return sha256 == sha256_of(content) || at ? name : "";
    };
    CHECK(root.run([&] {
        for (const off_t at : {off_t{0}, off_t{20} << 20, (off_t{80} << 20) - 1})
            if (!fails(BackupFault::destination_failed,
                       [&] { static_cast<void>(archive("", at)); }))
                return false;
        return archive("verify: false\n", 5) == "qubes-nightly-2026-01-02T120000" &&
               archive("", std::nullopt) == "qubes-nightly-2026-01-02T120000-2";
    }));
}

TEST_CASE("archive file: what a killed backup left goes, what another writes stays")
{
    const Root root;
    const std::string left = "/backups/.qubes-nightly-2026-01-01T120000.partial";
    const std::string kept = "/backups/.qubes-nightly-big-2026-01-01T120000.partial";
    root.write(left, "half");
    root.write(kept, "of another profile");
    root.write("/backups/.qubes-nightly-2026-01-01T120000.partial.txt", "no such name");
    const std::string directory = root.make_way("/backups");
    CHECK(root.run([&] {
        Stage stage{profile_to("/backups")};
        const ArchiveFile file{stage.call, stage.profile, stage.stop};
        return names_in(directory) ==
               std::set<std::string>{".qubes-nightly-big-2026-01-01T120000.partial",
                                     ".qubes-nightly-2026-01-01T120000.partial.txt"};
    }));
    root.write("/single/.a.qbk.partial", "half");
    CHECK(root.run([&] {
        Stage stage{profile_to("/single/a.qbk")};
        ArchiveFile file{stage.call, stage.profile, stage.stop};
        file.begin(noon); // over what nobody holds
        const int other = test::in_child([&] {
            Stage inner{profile_to("/single/a.qbk")};
            ArchiveFile second{inner.call, inner.profile, inner.stop};
            return fails(BackupFault::destination_failed, [&] { second.begin(noon); }) ? 0 : 1;
        });
        file.write("whole");
        return other == 0 && file.finish().name == "a.qbk";
    }));
}

TEST_CASE("archive file: a place that is not there, or not to be written, is told at once")
{
    const Root root;
    root.write("/backups/file", "");
    root.write("/closed/file", "");
    CHECK(root.run([&] {
        const auto at = [](std::string_view path) {
            return [path] {
                Stage stage{profile_to(path)};
                const ArchiveFile file{stage.call, stage.profile, stage.stop};
            };
        };
        return fails(BackupFault::destination_missing, at("/nowhere/file")) &&
               fails(BackupFault::destination_missing, at("/backups/file/below")) &&
               fails(BackupFault::destination_missing, at("/backups/" + std::string(201, 'x')));
    }));
    if (::geteuid() == 0) {
        std::puts("root may write anywhere: a closed directory is not tested");
        return;
    }
    const std::string closed = root.make_way("/closed");
    ::chmod(closed.c_str(), 0500);
    CHECK(root.run([&] {
        return fails(BackupFault::destination_failed, [] {
            Stage stage{profile_to("/closed")};
            const ArchiveFile file{stage.call, stage.profile, stage.stop};
        });
    }));
    ::chmod(closed.c_str(), 0700);
}

TEST_CASE("archive file: a stop signal ends it between two pieces")
{
    const Root root;
    root.write("/backups/file", "");
    const std::string directory = root.make_way("/backups");
    CHECK(root.run([&] {
        Stage stage{profile_to("/backups")};
        const bool cancelled = fails(BackupFault::cancelled, [&] {
            ArchiveFile file{stage.call, stage.profile, stage.stop};
            file.begin(noon);
            file.write("begun");
            ::raise(SIGTERM);
            file.write("more");
        });
        return cancelled && names_in(directory) == std::set<std::string>{"file"};
    }));
}

TEST_CASE(
    "archive file: room is asked for before, and a full file system leaves no partial archive")
{
    const Root root;
    const std::string directory =
        root.make_way("/small/x").substr(0, root.make_way("/small").size());
    // In a name space of this test's own: nobody else sees it, and it ends with the process.
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", directory.c_str(), "tmpfs", 0, "size=8m") != 0) {
        std::puts("skipped: no file system can be mounted here");
        return;
    }
    CHECK(root.run([&] {
        Stage stage{profile_to("/small", "compression: none\n")};
        ArchiveFile file{stage.call, stage.profile, stage.stop};
        if (!fails(BackupFault::no_space, [&] { file.check_room(1 << 20); }))
            return false;
        file.begin(noon);
        const bool full = fails(BackupFault::no_space, [&] {
            for (int i = 0; i < 16; ++i)
                file.write(std::string(1 << 20, 'x'));
        });
        return full && names_in(directory).size() == 1;
    }));
    CHECK(names_in(directory).empty());
    // What compresses well may fit.
    CHECK(root.run([&] {
        Stage stage{profile_to("/small")};
        ArchiveFile file{stage.call, stage.profile, stage.stop};
        return fails(BackupFault::no_space, [&] { file.check_room(std::uint64_t{1} << 30); }) &&
               stage.call.warnings().empty();
    }));
    REQUIRE(::umount(directory.c_str()) == 0);
    REQUIRE(::mount("none", directory.c_str(), "tmpfs", 0, "size=100m") == 0);
    CHECK(root.run([&] {
        Stage stage{profile_to("/small")};
        ArchiveFile file{stage.call, stage.profile, stage.stop};
        file.check_room(std::uint64_t{200} << 20);
        return stage.call.warnings().size() == 1;
    }));
    REQUIRE(::umount(directory.c_str()) == 0);
}
