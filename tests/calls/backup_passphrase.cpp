// SPDX-License-Identifier: GPL-2.0-or-later
//
// A passphrase that a person types in a qube, and qubes that are started for a backup. Numbers are
// the vectors of backup.md 6.

#include "calls/backup_world.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::string_view client_path = "/usr/bin/qrexec-client";

class AskingHost : public BackupHost {
public:
    AskingHost()
    {
        fill("/var/lib/qm-lvm/appvms/work/private.img", 'w', 1 << 20);
        root.write("/etc/qubes/backup/asked.conf", "destination_vm: dom0\n"
                                                   "destination_path: /backups\n"
                                                   "passphrase_vm: mgr\n"
                                                   "kdf_logn: 14\n"
                                                   "include: [work]\n");
        ::chmod(root.below("/etc/qubes/backup/asked.conf").c_str(), 0644);
    }

    // What the service in the qube does, in a directory where it may write.
    void answer(std::string_view script) const
    {
        root.write(client_path, "#!/bin/sh\ncd \"$QUBES_MGMT_ROOT/qrexec\" || exit 1\n"
                                "echo \"$*\" >> ran\n" +
                                    std::string{script} + "\n");
        fs::permissions(root.below(client_path), fs::perms{0755});
        root.write("/qrexec/ran", "");
    }

    void refuses_answer(std::string_view script, BackupFault fault) const
    {
        INFO(script);
        answer(script);
        refuses(fault, "asked");
    }

    void takes_answer(std::string_view script, std::string_view means) const
    {
        INFO(script);
        answer(script);
        CHECK(read_archive(archive("asked"), means).files.size() == 1);
    }
};

} // namespace

TEST_CASE("backup.md 72: what a qube answers is one passphrase, or there is no backup")
{
    const AskingHost host;
    host.gives({"mgr", "vm.Start"}, "");
    host.takes_answer("printf '  correct horse \\n'", "correct horse");
    CHECK(host.root.read("/qrexec/ran") ==
          "-d mgr DEFAULT:QUBESRPC qubes.BackupPassphrase+asked dom0\n");
    host.refuses_answer("", BackupFault::cancelled);
    host.refuses_answer("printf ' \\n'", BackupFault::cancelled);
    host.refuses_answer("printf 'two\\nlines\\n'", BackupFault::passphrase_invalid);
    host.refuses_answer("head -c 5000 /dev/zero | tr '\\0' x", BackupFault::passphrase_invalid);
    host.refuses_answer("head -c 50000000 /dev/zero | tr '\\0' x", BackupFault::passphrase_invalid);
    host.refuses_answer("echo secret; exit 1", BackupFault::passphrase_failed);
    host.refuses_answer("echo secret; kill -9 $$", BackupFault::passphrase_failed);
}

TEST_CASE("backup.md 73: what is typed in a qube is held to the rules for passphrases")
{
    const AskingHost host;
    host.gives({"mgr", "vm.Start"}, "");
    const std::string longest(1024, 'x');
    host.takes_answer("head -c 1024 /dev/zero | tr '\\0' x; echo", longest);
    host.refuses_answer("head -c 1025 /dev/zero | tr '\\0' x", BackupFault::passphrase_too_long);
    host.refuses_answer("printf 'a\\003b'", BackupFault::passphrase_invalid);
    host.refuses_answer("printf 'a\\377b'", BackupFault::passphrase_invalid);
    host.takes_answer("printf 'p\\303\\244ss ! $ \\047word\\042'", "p\xc3\xa4ss ! $ 'word\"");
}

TEST_CASE("backup passphrase: nobody else gets to see it")
{
    const AskingHost host;
    host.gives({"mgr", "vm.Start"}, "");
    host.takes_answer("echo 'never to be seen'", "never to be seen");
    host.answer("echo 'never to be seen'; echo 'never to be seen' >&2; exit 1");
    const Outcome failed = host.execute("asked");
    CHECK(failed.status == 1);
    // What the qube chose to say on standard error is shown, its answer is not.
    host.answer("echo 'never to be seen'; exit 1");
    const Outcome quiet = host.execute("asked");
    CHECK(quiet.err.find("never") == std::string::npos);
    for (const char* const top : {"/run", "/var", "/etc"})
        for (const auto& entry : fs::recursive_directory_iterator{host.root.below(top)})
            if (entry.is_regular_file() && entry.file_size() < (1 << 20)) {
                INFO(entry.path());
                const std::string path = entry.path().string().substr(host.root.path().size());
                CHECK(host.root.read(path).find("never to be seen") == std::string::npos);
            }
}

TEST_CASE("backup passphrase: it is asked for last, and only once all else is in order")
{
    const AskingHost host;
    host.gives({"mgr", "vm.Start"}, "");
    const std::string path = "/etc/qubes/backup/asked.conf";
    std::string profile = host.root.read(path);
    profile.replace(profile.find("/backups"), 8, "/not/there");
    host.root.write(path, profile);
    host.answer("echo secret");
    BackupHost::check_fault(host.execute("asked"), BackupFault::destination_missing);
    CHECK(host.root.read("/qrexec/ran").empty());
}

TEST_CASE("backup passphrase: a halted qube is started for the question")
{
    const AskingHost host;
    host.takes_answer("echo 'correct horse'", "correct horse");
    CHECK(host.state("mgr") == "Running");
    host.gives({"mgr", "vm.Pause"}, "");
    host.refuses_answer("echo 'correct horse'", BackupFault::passphrase_failed);
}

TEST_CASE("backup passphrase: whoever waits for an answer can be stopped")
{
    const AskingHost host;
    host.gives({"mgr", "vm.Start"}, "");
    host.answer("echo > begun; sleep 100");
    Process process{host.command("asked")};
    for (int i = 0; i < 2000 && !host.root.exists("/qrexec/begun"); ++i)
        ::usleep(5000);
    const auto begin = std::chrono::steady_clock::now();
    CHECK(::kill(process.pid(), SIGTERM) == 0);
    BackupHost::check_fault(process.finish(), BackupFault::cancelled);
    CHECK(std::chrono::steady_clock::now() - begin < 2s);
    host.check_nothing_left();
}

TEST_CASE("backup destination: a halted qube is started, unless the profile says otherwise")
{
    const BackupHost host;
    const std::string to_mgr = "destination_vm: mgr\ndestination_path: /home/user\n";
    host.root.write(client_path, "#!/bin/sh\nhead -n 1 > \"$QUBES_MGMT_ROOT/where\"\n"
                                 "cat > /dev/null\n");
    fs::permissions(host.root.below(client_path), fs::perms{0755});
    host.set_profile("include: [work]\nautostart_destination: false\n", "nightly", to_mgr);
    host.refuses(BackupFault::destination_missing);
    CHECK(host.state("mgr") == "Halted");
    host.set_profile("include: [work]\n", "nightly", to_mgr);
    const Outcome outcome = host.execute();
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK(host.state("mgr") == "Running");
    CHECK(host.root.read("/where") == "/home/user\n");
    host.set_profile("include: [work]\n", "nightly",
                     "destination_vm: nobody\ndestination_path: /home/user\n");
    host.refuses(BackupFault::destination_missing);
    fs::remove(host.root.below(client_path));
    host.set_profile("include: [work]\n", "nightly", to_mgr);
    host.refuses(BackupFault::destination_failed);
}

TEST_CASE(
    "backup destination: one that reads nothing for too long fails, where the profile says so")
{
    const BackupHost host;
    host.gives({"mgr", "vm.Start"}, "");
    host.root.write("/var/lib/qm-lvm/appvms/work/private.img", std::string(1 << 20, 'w'));
    host.root.write(client_path, "#!/bin/sh\nexec sleep 100\n");
    fs::permissions(host.root.below(client_path), fs::perms{0755});
    host.set_profile("include: [work]\ncompression: none\nstall_timeout: 1\n", "nightly",
                     "destination_vm: mgr\ndestination_path: /home/user\n");
    const auto begin = std::chrono::steady_clock::now();
    host.refuses(BackupFault::destination_failed);
    CHECK(std::chrono::steady_clock::now() - begin < 15s);
}
