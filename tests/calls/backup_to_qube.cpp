// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.backup.Execute into a qube, by a stand-in for qrexec's client whose service does what the
// test says; and what happens on a host while a backup waits for it. Numbers are the vectors of
// backup.md 6.

#include "calls/backup_world.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;
using namespace std::chrono_literals;

constexpr std::string_view client_path = "/usr/bin/qrexec-client";
constexpr std::string_view work_image = "/var/lib/qm-lvm/appvms/work/private.img";
constexpr std::string_view mgr_image = "/var/lib/qubes/appvms/mgr/private.img";
constexpr std::uint64_t mib = 1 << 20;

const std::string to_mgr = "destination_vm: mgr\ndestination_path: /home/user/kept\n";
const std::string one = "include: [work]\n";

// `mgr` runs, and its service is a script in whose directory /qrexec is.
class QubeHost : public BackupHost {
public:
    QubeHost()
    {
        root.write(client_path, R"sh(#!/bin/sh
cd "$QUBES_MGMT_ROOT/qrexec" || exit 1
echo "$*" >> ran
exec /bin/sh ./service
)sh");
        fs::permissions(root.below(client_path), fs::perms{0755});
        root.write("/qrexec/ran", "");
        fill(work_image, 'w', 3 * mib);
        set_profile(one, "nightly", to_mgr);
        gives({"mgr", "vm.Start"}, "");
    }

    void serve(std::string_view script) const { root.write("/qrexec/service", script); }

    // Of the service, without the line that says where the archive goes to.
    [[nodiscard]] ReadArchive received() const
    {
        const auto path = root.below("/qrexec/received");
        const auto bytes = root.read("/qrexec/received");
        const auto line = bytes.find('\n');
        CHECK(bytes.substr(0, line) == "/home/user/kept");
        std::ofstream{path + ".archive", std::ios::binary} << bytes.substr(line + 1);
        return read_archive(path + ".archive", passphrase);
    }

    void check_failed(const Outcome& outcome, BackupFault fault) const
    {
        check_fault(outcome, fault);
        CHECK_FALSE(timestamp("work"));
        CHECK(last("result") == token(fault));
        check_nothing_left();
    }

    // Until the service has begun.
    void await_service() const
    {
        for (int i = 0; i < 2000 && !root.exists("/qrexec/begun"); ++i)
            ::usleep(5000);
        REQUIRE(root.exists("/qrexec/begun"));
    }
};

bool has_processes_below(const std::string& root)
{
    for (const auto& entry : fs::directory_iterator{"/proc"}) {
        std::error_code ignored;
        const auto where = fs::read_symlink(entry.path() / "cwd", ignored);
        if (!ignored && where.string().starts_with(root))
            return true;
    }
    return false;
}

} // namespace

TEST_CASE("backup execute: a qube takes an archive by its service, and says that it is there")
{
    const QubeHost host;
    host.serve("cat > received; echo chatter; sleep 0.3; echo done > finished");
    const auto outcome = host.execute();
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.out.empty());
    CHECK(host.root.exists("/qrexec/finished"));
    CHECK(host.received().content.at("vm4/private.img") == image_of(host.root.below(work_image)));
    CHECK(host.root.read("/qrexec/ran").find("qubes.Backup") != std::string::npos);
    CHECK(host.timestamp("work"));
    CHECK(host.last("result") == "ok");
    CHECK(host.archives().empty());
}

TEST_CASE("backup.md 67: a destination that dies in the middle fails the backup soon")
{
    const QubeHost host;
    host.fill(work_image, 'w', 3 * mib);
    std::string noise(6 * mib, '\0');
    std::ifstream{"/dev/urandom"}.read(noise.data(), static_cast<std::streamsize>(noise.size()));
    host.root.write(work_image, noise);
    host.serve("head -c 3000000 > /dev/null; echo no more >&2; kill -9 $$");
    const auto begin = std::chrono::steady_clock::now();
    const auto outcome = host.execute();
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
    host.check_failed(outcome, BackupFault::destination_failed);
    CHECK(outcome.err.find("no more") != std::string::npos);
}

TEST_CASE("backup.md 68: a destination that has read everything and then fails has nothing")
{
    const QubeHost host;
    host.serve("cat > /dev/null; printf 'disk \\033[1mfull\\n%%s\\n' >&2; exit 1");
    const auto outcome = host.execute();
    host.check_failed(outcome, BackupFault::destination_failed);
    CHECK(outcome.err.find("disk") != std::string::npos);
    CHECK(outcome.err.find('\033') == std::string::npos);
    CHECK(outcome.err.find('%') == std::string::npos);
    // so has one that stops reading and says that all is well
    host.serve("head -c 10 > /dev/null; exit 0");
    host.check_failed(host.execute(), BackupFault::destination_failed);
    host.serve("cat > received");
    CHECK(host.execute().status == 0);
}

TEST_CASE("backup.md 65: a backup that waits for a destination that does not read can be stopped")
{
    const QubeHost host;
    std::string noise(6 * mib, '\0');
    std::ifstream{"/dev/urandom"}.read(noise.data(), static_cast<std::streamsize>(noise.size()));
    host.root.write(work_image, noise);
    host.serve("echo > begun; sleep 100");
    Process process{host.command()};
    host.await_service();
    CHECK_FALSE(process.ends_within(500ms));
    CHECK(::kill(process.pid(), SIGTERM) == 0);
    const auto told = std::chrono::steady_clock::now();
    const auto outcome = process.finish();
    CHECK(std::chrono::steady_clock::now() - told < 2s);
    host.check_failed(outcome, BackupFault::cancelled);
    for (int i = 0; i < 100 && has_processes_below(host.root.path()); ++i)
        ::usleep(20'000);
    CHECK_FALSE(has_processes_below(host.root.path())); // the service went, too
}

TEST_CASE("backup.md 70: one profile makes one backup at a time, two make two")
{
    const QubeHost host;
    host.set_profile(one, "other");
    host.serve("echo > begun; while [ ! -e go ]; do sleep 0.05; done; cat > received");
    Process first{host.command()};
    host.await_service();
    const auto begin = std::chrono::steady_clock::now();
    BackupHost::check_fault(host.execute(), BackupFault::already_running);
    CHECK(std::chrono::steady_clock::now() - begin < 2s);
    CHECK(host.execute("other").status == 0);
    CHECK(host.last("result", "other") == "ok");
    CHECK(host.archives().size() == 1);
    host.root.write("/qrexec/go", "");
    const auto outcome = first.finish();
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK(host.received().files == Words{"vm4/private.img"});
    host.check_nothing_left();
}

TEST_CASE("backup.md 78: what happens to a qube while it is archived is not in its archive")
{
    const QubeHost host;
    const Image before = image_of(host.root.below(work_image));
    host.gives({"work", "vm.Start"}, "");
    host.serve("echo > begun; while [ ! -e go ]; do sleep 0.05; done; cat > received");
    Process process{host.command()};
    host.await_service();
    // all disks were exported before the first byte went out
    {
        std::fstream running{host.root.below("/var/lib/qm-lvm/appvms/work/private-dirty.img"),
                             std::ios::in | std::ios::out | std::ios::binary};
        running.seekp(4096);
        running << "later";
    }
    host.gives({"work", "vm.Kill"}, "");
    CHECK_FALSE(image_of(host.root.below(work_image)) == before);
    host.gives({"work", "vm.Start"}, ""); // and its export is left alone
    host.gives({"work", "vm.Kill"}, "");
    host.root.write("/qrexec/go", "");
    const auto outcome = process.finish();
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK(host.received().content.at("vm4/private.img") == before);
    host.check_nothing_left();
}

TEST_CASE("backup.md 78: a qube that is removed while it is archived is archived as it was")
{
    const QubeHost host;
    const Image before = image_of(host.root.below(work_image));
    host.serve("echo > begun; while [ ! -e go ]; do sleep 0.05; done; cat > received");
    Process process{host.command()};
    host.await_service();
    host.gives({"work", "vm.Remove"}, "");
    CHECK_FALSE(host.root.exists(work_image));
    host.root.write("/qrexec/go", "");
    const auto outcome = process.finish();
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK(host.received().content.at("vm4/private.img") == before);
    CHECK(host.last("result") == "ok");
    host.check_nothing_left();
}

TEST_CASE("backup execute: what a killed backup has left goes with the next one of any profile")
{
    const QubeHost host;
    host.set_profile(one, "other");
    host.serve("echo > begun; sleep 100");
    {
        Process process{host.command()};
        host.await_service();
        // what is read is kept under a key, and written down
        CHECK(host.root.exists("/var/lib/qubes-mgmt/backup/nightly.run"));
        process.kill_now();
        static_cast<void>(process.finish());
    }
    CHECK(host.root.exists("/var/lib/qubes-mgmt/backup/nightly.run"));
    CHECK(host.execute("other").status == 0);
    host.check_no_export();
    host.serve("cat > received");
    CHECK(host.execute().status == 0);
    host.check_nothing_left();
    CHECK(host.received().files == Words{"vm4/private.img"});
}
