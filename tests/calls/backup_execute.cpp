// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.backup.Execute into a file of dom0: what an archive holds, of which moment, and what is left
// of one that does not come to its end. Numbers are the vectors of backup.md 6.

#include "calls/backup_world.hpp"
#include "support/catch.hpp"
#include "support/file_systems.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr std::string_view work_image = "/var/lib/qm-lvm/appvms/work/private.img";
constexpr std::string_view work_running = "/var/lib/qm-lvm/appvms/work/private-dirty.img";
constexpr std::string_view mgr_image = "/var/lib/qubes/appvms/mgr/private.img";
constexpr std::uint64_t mib = 1 << 20;

const std::string three = "include: [work, mgr, fedora-25]\n";
const std::string one = "include: [work]\n";

ReadArchive read(const std::string& path)
{
    return read_archive(path, BackupHost::passphrase);
}

// "name: path" of what is in the archive, by its own account.
Words saved_in(const std::string& metadata)
{
    pugi::xml_document document;
    REQUIRE(document.load_buffer(metadata.data(), metadata.size()));
    Words found;
    for (const auto& domain : document.child("qubes").child("domains")) {
        const auto value = [&](const char* part, const char* name) {
            const auto node = domain.child(part).find_child_by_attribute("name", name);
            return std::string{node.text().get()};
        };
        if (!value("features", "backup-content").empty())
            found.push_back(value("properties", "name") + ": " + value("features", "backup-path"));
    }
    return found;
}

// In the running image, as a qube would.
void write_running(const BackupHost& host, std::string_view text)
{
    std::fstream file{host.root.below(work_running),
                      std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(8192);
    file << text;
    REQUIRE(file.flush());
}

std::string first_of(const Image& image, std::uint64_t block)
{
    const auto found = image.blocks.find(block);
    return found == image.blocks.end() ? "" : found->second.substr(0, 3);
}

} // namespace

TEST_CASE("backup execute: an archive holds the disks and the settings of what is selected")
{
    const BackupHost host;
    host.fill(work_image, 'w', 5 * mib);
    host.fill(mgr_image, 'm', 3 * mib);
    host.root.write("/var/lib/qubes/appvms/work/firewall.xml", "<firewall version=\"2\"/>");
    host.root.write("/var/lib/qubes/appvms/work/notes.txt", "mine\n");
    const auto compression =
        GENERATE("compression: none\n", "compression: gzip\n", "compression: zstd\nmemory: low\n");
    host.set_profile(three + compression);
    const auto before = std::time(nullptr);
    const auto path = host.archive();
    const auto after = std::time(nullptr);

    const auto archive = read(path);
    CHECK(archive.files == Words{"vm1/root.img", "vm1/private.img", "vm4/private.img",
                                 "vm4/firewall.xml", "vm4/notes.txt", "vm5/private.img"});
    CHECK(archive.content.at("vm4/private.img") == image_of(host.root.below(work_image)));
    CHECK(archive.content.at("vm5/private.img") == image_of(host.root.below(mgr_image)));
    CHECK(archive.content.at("vm1/root.img").size == std::uint64_t{10} << 30);
    CHECK(archive.text("vm4/firewall.xml") == "<firewall version=\"2\"/>");
    CHECK(archive.text("vm4/notes.txt") == "mine\n");
    CHECK(saved_in(archive.metadata) == Words{"fedora-25: vm1/", "mgr: vm5/", "work: vm4/"});
    CHECK(archive.metadata.find("sys-") == std::string::npos);

    struct stat facts {};
    REQUIRE(::stat(path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777) == 0600);
    CHECK(fs::path{path}.filename().string().starts_with("qubes-nightly-2"));
    CHECK(host.last("result") == "ok");
    CHECK(host.last("name") == fs::path{path}.filename());
    CHECK(host.last("bytes") == std::to_string(facts.st_size));
    CHECK(host.last("sha256").size() == 64);
    for (const char* qube : {"work", "mgr", "fedora-25"}) {
        const auto time = host.timestamp(qube);
        REQUIRE(time);
        CHECK(std::stoll(*time) >= before);
        CHECK(std::stoll(*time) <= after);
    }
    CHECK_FALSE(host.timestamp("sys-net"));
    CHECK_FALSE(host.timestamp("dom0"));
}

TEST_CASE("backup.md 50: ten gibibytes of zeros are next to nothing in an archive")
{
    const BackupHost host;
    host.set_profile("include: [fedora-25]\n");
    const auto path = host.archive();
    CHECK(fs::file_size(path) < mib);
    const auto archive = read(path);
    CHECK(archive.content.at("vm1/root.img").size == std::uint64_t{10} << 30);
    CHECK(archive.content.at("vm1/root.img") ==
          image_of(host.root.below("/var/lib/qm-lvm/vm-templates/fedora-25/root.img")));
}

TEST_CASE("backup.md 51: images of odd sizes come back bit by bit")
{
    const BackupHost host;
    const auto size = GENERATE(std::uint64_t{1000}, std::uint64_t{4097});
    host.fill(work_image, 'o', size);
    host.set_profile(one);
    CHECK(read(host.archive()).content.at("vm4/private.img") ==
          image_of(host.root.below(work_image)));
}

TEST_CASE("backup execute: what has no files of its own is in the archive nevertheless")
{
    const BackupHost host{simulated::with_disposable(simulated::store_without_network())};
    host.set_profile("include: [disp77]\n");
    const auto archive = read(host.archive());
    CHECK(archive.files == Words{"vm30/empty"});
    CHECK(archive.text("vm30/empty").empty());
    CHECK(saved_in(archive.metadata) == Words{"disp77: vm30/"});
}

TEST_CASE("backup.md 77: the disks of a qube that runs are those before its start, or as they are")
{
    const BackupHost host;
    host.fill(work_image, 'w', mib);
    const Image committed = image_of(host.root.below(work_image));
    host.gives({"work", "vm.Start"}, "");
    write_running(host, "now");

    SECTION("the last committed state")
    {
        host.set_profile(one);
        CHECK(read(host.archive()).content.at("vm4/private.img") == committed);
        host.set_profile(one + "running: last-committed\n");
        CHECK(read(host.archive()).content.at("vm4/private.img") == committed);
    }
    SECTION("as they are now, where the file system can tell")
    {
        host.set_profile(one + "running: live-snapshot\n");
        const auto outcome = host.execute();
        if (outcome.status == 0) {
            const auto archive =
                read(host.root.below(BackupHost::directory) + "/" + host.archives().front());
            CHECK(first_of(archive.content.at("vm4/private.img"), 8192) == "now");
        } else {
            BackupHost::check_fault(outcome, BackupFault::read_error);
            CHECK(outcome.err.find("stop it first") != std::string::npos);
        }
        host.check_nothing_left();
    }
    SECTION("the qube is left out")
    {
        host.set_profile("include: [work, mgr]\nrunning: skip\n");
        const auto outcome = host.execute();
        CHECK(outcome.status == 0);
        CHECK(outcome.err.find("'work' runs and is left out") != std::string::npos);
        const auto archive =
            read(host.root.below(BackupHost::directory) + "/" + host.archives().front());
        CHECK(archive.files == Words{"vm5/private.img"});
        CHECK(host.timestamp("mgr"));
        CHECK_FALSE(host.timestamp("work"));
        host.set_profile(one + "running: skip\n");
        host.refuses(BackupFault::nothing_selected);
    }
    SECTION("there is no backup at all")
    {
        host.set_profile("include: [work, mgr]\nrunning: fail\n");
        host.refuses(BackupFault::volume_busy);
        CHECK(host.last("result") == "volume-busy");
    }
    host.gives({"work", "vm.Kill"}, "");
    CHECK(first_of(image_of(host.root.below(work_image)), 8192) == "now");
}

TEST_CASE("backup.md 77: where blocks can be shared, a qube that runs is archived as it is")
{
    const auto place = new_pool_on(GENERATE("xfs", "btrfs"));
    if (!place)
        return;
    const auto keep = GENERATE("1", "-1");
    const BackupHost host{
        with(simulated::store_without_network(),
             R"(vid="appvms/work/private" revisions_to_keep="1")",
             R"(vid="appvms/work/private" revisions_to_keep=")" + std::string{keep} + "\""),
        on_disk(*place)};
    host.fill(work_image, 'w', mib);
    host.gives({"work", "vm.Start"}, "");
    write_running(host, "now");
    host.set_profile("include: [work, mgr]\nrunning: live-snapshot\n");
    const auto path = host.archive();
    const auto archive = read(path);
    CHECK(first_of(archive.content.at("vm4/private.img"), 8192) == "now");
    CHECK(archive.content.at("vm4/private.img") == image_of(host.root.below(work_running)));
    CHECK(host.timestamp("work"));
    host.gives({"work", "vm.Kill"}, "");
    host.check_nothing_left();
}

TEST_CASE("backup.md 77: a qube that runs with snapshots disabled has nothing that stays")
{
    const std::string store = with(simulated::store_without_network(),
                                   R"(vid="appvms/work/private" revisions_to_keep="1")",
                                   R"(vid="appvms/work/private" revisions_to_keep="-1")");
    const BackupHost host{store};
    host.set_profile(one);
    host.gives({"work", "vm.Start"}, "");
    host.refuses(BackupFault::vm_running_no_snapshots);
    host.gives({"work", "vm.Kill"}, "");
    CHECK_FALSE(read(host.archive()).files.empty());
}

TEST_CASE("backup execute: what a crash left started is committed first")
{
    const BackupHost host;
    host.fill(work_image, 'w', mib);
    host.set_profile(one);
    host.gives({"work", "vm.Start"}, "");
    write_running(host, "end");
    host.hypervisor.set(work_uuid, 5, 1, -1); // it powered off
    CHECK(first_of(read(host.archive()).content.at("vm4/private.img"), 8192) == "end");
    CHECK_FALSE(host.root.exists(work_running));
}

TEST_CASE("backup execute: what was left out because it has not changed stays in older archives")
{
    const BackupHost host;
    host.fill(work_image, 'w', mib);
    host.fill(mgr_image, 'm', mib);
    const auto set_time = [&](std::string_view image, std::time_t seconds) {
        const timespec times[2] = {{.tv_sec = seconds, .tv_nsec = 0},
                                   {.tv_sec = seconds, .tv_nsec = 0}};
        REQUIRE(::utimensat(AT_FDCWD, host.root.below(image).c_str(), times, 0) == 0);
    };
    set_time(work_image, 1'600'000'000);
    set_time(mgr_image, 1'600'000'000);
    host.set_profile("include: [work, mgr]\nskip_unchanged: true\nkeep: 1\n");
    const auto first = host.archive();
    CHECK(read(first).files == Words{"vm4/private.img", "vm5/private.img"});
    host.refuses(BackupFault::nothing_selected);
    set_time(mgr_image, std::time(nullptr) + 100);
    const auto next_second = [] { ::usleep(1'100'000); }; // archives are told by their times
    next_second();
    const auto outcome = host.execute();
    CHECK(outcome.status == 0);
    CHECK(outcome.err.find("'work' has not changed") != std::string::npos);
    CHECK(host.archives().size() == 2); // the first alone has `work`
    CHECK(fs::exists(first));
    set_time(work_image, std::time(nullptr) + 100);
    next_second();
    CHECK(host.execute().status == 0);
    CHECK(host.archives().size() == 1);
    CHECK_FALSE(fs::exists(first));
}

TEST_CASE("backup execute: old archives make room when a new one is there, and not before")
{
    const BackupHost host;
    host.set_profile(one + "keep: 2\n");
    const std::string directory{BackupHost::directory};
    for (const char* name : {"qubes-nightly-2020-01-01T000000", "qubes-nightly-2020-01-02T000000",
                             "qubes-other-2020-01-01T000000"})
        host.root.write(directory + "/" + name, name);
    host.set_profile(one + "keep: 2\nrunning: fail\n");
    host.gives({"work", "vm.Start"}, "");
    host.refuses(BackupFault::volume_busy);
    CHECK(host.archives().size() == 3);
    host.gives({"work", "vm.Kill"}, "");
    CHECK(host.execute().status == 0);
    const auto left = host.archives();
    CHECK(left.size() == 3);
    CHECK(std::ranges::count(left, "qubes-nightly-2020-01-01T000000") == 0);
    CHECK(std::ranges::count(left, "qubes-other-2020-01-01T000000") == 1);
}

TEST_CASE("backup execute: what stands in the way is found before anything is made")
{
    const BackupHost host;
    host.refuses(BackupFault::config_not_found);
    host.set_profile(one + "compression: lz4\n");
    host.refuses(BackupFault::config_invalid);
    host.set_profile("include: [nobody]\n");
    host.refuses(BackupFault::config_invalid);
    host.set_profile("include: ['@tag:nowhere']\n");
    host.refuses(BackupFault::nothing_selected);
    host.set_profile(one, "nightly", "destination_vm: dom0\ndestination_path: /not/there\n");
    host.refuses(BackupFault::destination_missing);
    host.set_profile(one);
    fs::remove(host.root.below(work_image));
    host.refuses(BackupFault::read_error);
    CHECK(host.last("result") == "read-error");
    BackupHost::check_fault(host.execute("../x"), BackupFault::bad_request);
}

TEST_CASE("backup execute: whoever is gone or another one by now gets no time")
{
    const BackupHost host;
    host.set_profile("include: [work, mgr]\n");
    // between the last byte and the entry in the store there is a hook of the test: the store is
    // replaced while the archive is under way
    host.fill(work_image, 'w', 40 * mib);
    Process process{host.command()};
    while (host.archives().empty() && !process.ends_within(std::chrono::milliseconds{1}))
        continue;
    host.root.set_store(
        with(host.root.store(), std::string{work_uuid}, "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0eff"));
    const auto outcome = process.finish();
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK_FALSE(host.timestamp("work"));
    CHECK(host.timestamp("mgr"));
}

TEST_CASE(
    "backup.md 69: a disk that cannot be read at one place fails the backup, which says where")
{
    const BackupHost host;
    host.fill(work_image, 'w', 3 * mib);
    host.set_profile(one);
    for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{70'000}, 3 * mib - 2}) {
        Command command = host.command();
        command.environment["LD_PRELOAD"] = QMGMT_TEST_BROKEN_DISK;
        command.environment["QMGMT_BROKEN_DISK"] =
            std::to_string(offset) + " private.img.attached-";
        const auto begin = std::chrono::steady_clock::now();
        const auto outcome = run(command);
        CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{5});
        BackupHost::check_fault(outcome, BackupFault::read_error);
        CHECK(outcome.err.find("vm=work volume=private") != std::string::npos);
        CHECK(outcome.err.find("offset") != std::string::npos);
        CHECK(host.archives().empty());
        CHECK_FALSE(host.timestamp("work"));
        host.check_nothing_left();
    }
    CHECK_FALSE(host.archive().empty());
}

TEST_CASE("backup execute: an archive that cannot be read back is none")
{
    const BackupHost host;
    host.fill(work_image, 'w', 3 * mib);
    host.set_profile(one + "keep: 1\n");
    const auto first = host.archive();
    Command command = host.command();
    command.environment["LD_PRELOAD"] = QMGMT_TEST_BROKEN_DISK;
    command.environment["QMGMT_BROKEN_DISK"] = "5000 .partial";
    BackupHost::check_fault(run(command), BackupFault::destination_failed);
    CHECK(host.archives() == Words{fs::path{first}.filename()});
    CHECK(host.last("result") == "destination-failed");
    host.check_nothing_left();
    // who does not want to know is not told
    host.set_profile(one + "verify: false\n");
    CHECK(run(command).status == 0);
}

TEST_CASE("backup.md 65: whoever is told to stop stops, and leaves nothing")
{
    const BackupHost host;
    host.fill(work_image, 'w', 3 * mib);
    host.fill(mgr_image, 'm', 3 * mib);
    host.set_profile(three);
    const auto begin = std::chrono::steady_clock::now();
    static_cast<void>(host.archive());
    const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - begin);
    const auto archives = host.archives();
    const auto store = host.root.store();
    int stopped = 0;
    for (int moment = 0; moment < 10; ++moment) {
        Process process{host.command()};
        ::usleep(static_cast<useconds_t>(whole.count() * moment / 10));
        ::kill(process.pid(), moment % 3 == 0 ? SIGINT : SIGTERM);
        const auto told = std::chrono::steady_clock::now();
        const auto outcome = process.finish();
        CHECK(std::chrono::steady_clock::now() - told < std::chrono::seconds{2});
        host.check_nothing_left();
        if (outcome.status != static_cast<int>(Failure::cancelled)) {
            // too late, or before it had come so far that it can tell
            CHECK((outcome.status == 0 || outcome.status >= 128));
            continue;
        }
        ++stopped;
        BackupHost::check_fault(outcome, BackupFault::cancelled);
        CHECK(host.last("result") == "cancelled");
    }
    CHECK(stopped >= 3);
    CHECK_FALSE(host.archive().empty());
}

TEST_CASE("backup.md 66: a full disk ends the backup, and what was there stays")
{
    const BackupHost host;
    if (!mount_memory(host.root.below(BackupHost::directory), "50m"))
        return;
    const std::string old = std::string{BackupHost::directory} + "/qubes-nightly-2020-01-01T000000";
    host.root.write(old, "old");
    std::string noise(80 * mib, '\0');
    std::ifstream{"/dev/urandom", std::ios::binary}.read(
        noise.data(), static_cast<std::streamsize>(noise.size()));
    host.root.write(work_image, noise);
    // what is not compressed is known not to fit
    host.set_profile(one + "compression: none\nkeep: 1\n");
    host.refuses(BackupFault::no_space);
    // what is compressed may fit, and is begun
    host.set_profile(one + "keep: 1\n");
    const auto outcome = host.execute();
    INFO(outcome.err);
    CHECK(outcome.status == static_cast<int>(Failure::resources));
    CHECK(outcome.err.find("no-space") != std::string::npos);
    CHECK(host.root.read(old) == "old");
    CHECK(host.archives().size() == 1);
    CHECK_FALSE(host.timestamp("work"));
    CHECK(host.last("result") == "no-space");
    host.check_nothing_left();
    host.fill(work_image, 'w', mib);
    CHECK_FALSE(host.archive().empty());
}

TEST_CASE("backup execute: the home of dom0's user is archived as that user reads it")
{
    const BackupHost host;
    host.root.write("/etc/group", "root:x:0:\nqubes:x:98:nobody\n");
    host.root.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\n"
                                   "nobody:x:65534:65534::/home/nobody:/bin/bash\n");
    host.root.write("/home/nobody/note", "from home");
    host.root.write("/home/nobody/.ssh/key", "secret");
    const auto home = host.root.below("/home/nobody");
    for (const std::string path : {"", "/note", "/.ssh", "/.ssh/key"})
        if (::geteuid() == 0)
            REQUIRE(::chown((home + path).c_str(), 65534, 65534) == 0);
    ::chmod(host.root.path().c_str(), 0755);
    ::chmod(host.root.below("/home").c_str(), 0755);
    fs::permissions(home, fs::perms{0700});
    host.root.write("/home/nobody/of-root", "not for the user");
    ::chmod((home + "/of-root").c_str(), 0600);

    const auto listing = [&](const std::string& tar) {
        host.root.write("/home.tar", tar);
        const auto outcome = run({.program = "/bin/tar",
                                  .words = {"tar", "-tf", host.root.below("/home.tar")},
                                  .environment = {},
                                  .input = {}});
        CHECK(outcome.status == 0);
        return outcome.out;
    };
    host.set_profile("include: [dom0, work]\n");
    const auto outcome = host.execute();
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    const auto path = host.root.below(BackupHost::directory) + "/" + host.archives().front();
    auto archive = read(path);
    CHECK(archive.files == Words{"vm4/private.img", "dom0-home/nobody"});
    CHECK(saved_in(archive.metadata).front() == ": dom0-home/nobody");
    const auto names = listing(archive.tars.at("dom0-home/nobody"));
    CHECK(names.find("dom0-home/nobody/.ssh/key\n") != std::string::npos);
    CHECK(names.find("dom0-home/nobody/note\n") != std::string::npos);
    if (::geteuid() == 0) {
        CHECK(names.find("of-root") == std::string::npos);
        CHECK(outcome.err.find("1 files in dom0 that their user may not read") !=
              std::string::npos);
    }

    host.set_profile("include: [dom0]\nmask_username: true\n", "masked");
    CHECK(read(host.archive("masked")).files == Words{"dom0-home/user"});
    host.set_profile("include: [dom0, work]\ndom0_home: false\n", "without");
    CHECK(read(host.archive("without")).files == Words{"vm4/private.img"});
    host.set_profile("include: [dom0]\ndom0_home: false\n", "nothing");
    host.refuses(BackupFault::nothing_selected, "nothing");
    host.set_profile("include: [dom0]\n", "inside",
                     "destination_vm: dom0\ndestination_path: /home/nobody\n");
    host.refuses(BackupFault::config_invalid, "inside");
    host.root.write("/etc/group", "root:x:0:\n");
    host.set_profile("include: [dom0]\n", "nobody");
    host.refuses(BackupFault::read_error, "nobody");
}
