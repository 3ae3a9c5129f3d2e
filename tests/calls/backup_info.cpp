// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.backup.Info: what it says of qubes, of the last backup and of the present one, and what it
// keeps to itself. Numbers are the vectors of backup.md 6.

#include "calls/backup_world.hpp"
#include "calls/journal_view.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <regex>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view client_path = "/usr/bin/qrexec-client";
constexpr std::uint64_t mib = 1 << 20;

Outcome info(const BackupHost& host, const std::string& id = "nightly")
{
    return run_call(host.root, {"dom0", "mgmt.backup.Info", id});
}

std::string lines(const BackupHost& host, const std::string& id = "nightly")
{
    const Outcome outcome = info(host, id);
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    return outcome.out;
}

// What a disk takes depends on the file system.
std::string without_sizes(const std::string& text)
{
    return std::regex_replace(text, std::regex{" size=[0-9]+"}, " size=N");
}

std::string row_of(const std::string& text, const std::string& qube)
{
    const auto at = text.find("vm name=" + qube + " ");
    return at == std::string::npos ? "" : text.substr(at, text.find('\n', at) - at);
}

std::uint64_t size_in(const std::string& row)
{
    std::smatch found;
    REQUIRE(std::regex_search(row, found, std::regex{" size=([0-9]+)"}));
    return std::stoull(found[1]);
}

constexpr std::string_view never = "last result=never end=0 bytes=0 sha256=\n"
                                   "run state=idle percent=0.00\n";

} // namespace

TEST_CASE("backup info: the selected qubes, why they are, and nobody else")
{
    const BackupHost host;
    host.set_profile("include: [mgr, '@tag:made-up', '$type:TemplateVM', work]\n");
    const std::string text = lines(host);
    CHECK(without_sizes(text) ==
          "config id=nightly destination=dom0 compression=gzip format=4\n"
          "vm name=fedora-25 class=TemplateVM size=N selected-by=@type:TemplateVM state=halted "
          "source=last-committed warn=template-installed-by-package\n"
          "vm name=work class=AppVM size=N selected-by=name state=halted source=last-committed\n"
          "vm name=mgr class=AppVM size=N selected-by=name state=halted source=last-committed\n"
          "total size=N vms=3\n" +
              std::string{never});
    CHECK(text.find("sys-net") == std::string::npos);
    host.fill("/var/lib/qm-lvm/appvms/work/private.img", 'w', 3 * mib);
    const std::string row = row_of(lines(host), "work");
    CHECK(size_in(row) >= 200'000);
    CHECK(size_in(row) <= 3 * mib);
    const std::string again = lines(host);
    CHECK(size_in(again.substr(again.find("total "))) == size_in(row_of(again, "fedora-25")) +
                                                             size_in(row_of(again, "work")) +
                                                             size_in(row_of(again, "mgr")));
}

TEST_CASE("backup info: nobody is asked, nothing is started and nothing is written")
{
    const BackupHost host;
    host.root.write(client_path, "#!/bin/sh\necho \"$*\" >> \"$QUBES_MGMT_ROOT/asked\"\n");
    fs::permissions(host.root.below(client_path), fs::perms{0755});
    host.root.write("/etc/qubes/backup/away.conf", "destination_vm: mgr\n"
                                                   "destination_path: /home/user\n"
                                                   "passphrase_vm: sys-net\n"
                                                   "compression: zstd\n"
                                                   "include: [work]\n");
    ::chmod(host.root.below("/etc/qubes/backup/away.conf").c_str(), 0644);
    const std::string store = host.root.store();
    CHECK(lines(host, "away")
              .starts_with(
                  "config id=away destination=mgr compression=zstd format=4\nvm name=work "));
    CHECK_FALSE(host.root.exists("/asked"));
    CHECK(host.state("mgr") == "Halted");
    CHECK((host.root.store() == store));
    CHECK_FALSE(host.root.exists("/run/qubes-mgmt/backup/away.lock"));
}

TEST_CASE("backup info: of qubes that run, what of them would be archived")
{
    const BackupHost host;
    host.gives({"work", "vm.Start"}, "");
    const auto row = [&](const std::string& how) {
        host.set_profile("include: [work]\n" + how);
        const std::string text = lines(host);
        const std::string found = without_sizes(row_of(text, "work"));
        constexpr std::string_view start = "vm name=work class=AppVM size=N selected-by=name ";
        REQUIRE(found.starts_with(start));
        return found.substr(start.size()) +
               (text.find(" vms=1\n") != std::string::npos ? "" : " (not counted)");
    };
    CHECK(row("") == "state=running source=last-committed warn=running-old-state");
    CHECK(row("running: live-snapshot\n") == "state=running source=live-snapshot");
    CHECK(row("running: skip\n") == "state=running source=none (not counted)");
    CHECK(row("running: fail\n") == "state=running source=none warn=running-refused (not counted)");
}

TEST_CASE("backup.md 77: Info warns of a qube that runs with snapshots disabled")
{
    const BackupHost host;
    host.gives({"work", "vm.volume.Set.revisions_to_keep", "private", "-1"}, "");
    host.gives({"work", "vm.Start"}, "");
    host.set_profile("include: [work]\n");
    CHECK(row_of(lines(host), "work").ends_with("warn=running-no-snapshots"));
    host.refuses(BackupFault::vm_running_no_snapshots);
}

TEST_CASE("backup info: how the last backup went, and what has not changed since")
{
    const BackupHost host;
    host.fill("/var/lib/qm-lvm/appvms/work/private.img", 'w', 3 * mib);
    const auto set_time = [&](std::int64_t seconds) {
        const timespec times[] = {{seconds, 0}, {seconds, 0}};
        REQUIRE(::utimensat(AT_FDCWD,
                            host.root.below("/var/lib/qm-lvm/appvms/work/private.img").c_str(),
                            times, 0) == 0);
    };
    set_time(1'000'000'000);
    host.set_profile("include: [work]\nskip_unchanged: true\n");
    CHECK(row_of(lines(host), "work").find("unchanged") == std::string::npos);
    const std::string archive = host.archive();
    const std::string text = lines(host);
    CHECK(text.find("\nlast result=ok end=" + host.last("end") +
                    " bytes=" + std::to_string(fs::file_size(archive)) +
                    " sha256=" + host.last("sha256") + "\n") != std::string::npos);
    CHECK(host.last("sha256").size() == 64);
    CHECK(row_of(text, "work").ends_with("source=last-committed warn=unchanged"));
    set_time(4'000'000'000);
    CHECK(row_of(lines(host), "work").ends_with("source=last-committed"));

    host.set_profile("include: [work]\n", "nightly",
                     "destination_vm: dom0\ndestination_path: /not/there\n");
    host.refuses(BackupFault::destination_missing);
    CHECK(lines(host).find("\nlast result=destination-missing ") != std::string::npos);
}

TEST_CASE("backup info: a qube that has lost the tag of the profile is not forgotten in silence")
{
    const BackupHost host;
    host.gives({"work", "vm.tag.Set", "backup-nightly"}, "");
    host.set_profile("include: [mgr]\n");
    CHECK(row_of(lines(host), "work").find(" selected-by=tag ") != std::string::npos);
    static_cast<void>(host.archive());
    host.gives({"work", "vm.tag.Remove", "backup-nightly"}, "");
    const std::string text = lines(host);
    CHECK(row_of(text, "work") == "vm name=work class=AppVM size=0 selected-by=none state=halted "
                                  "source=none warn=no-longer-tagged");
    CHECK(text.find(" vms=1\n") != std::string::npos);
    host.set_profile("include: [mgr, work]\n");
    CHECK(row_of(lines(host), "work").ends_with("source=last-committed"));
    host.gives({"work", "vm.Remove"}, "");
    host.set_profile("include: [mgr]\n");
    CHECK(row_of(lines(host), "work").empty());
}

TEST_CASE("backup info: how far the present backup is")
{
    const BackupHost host;
    host.gives({"mgr", "vm.Start"}, "");
    host.root.write(client_path, "#!/bin/sh\ncd \"$QUBES_MGMT_ROOT\"\necho > begun\n"
                                 "while [ ! -e go ]; do sleep 0.05; done\ncat > /dev/null\n");
    fs::permissions(host.root.below(client_path), fs::perms{0755});
    host.set_profile("include: [work]\n", "nightly",
                     "destination_vm: mgr\ndestination_path: /home/user\n");
    Process backup{host.command()};
    for (int i = 0; i < 2000 && !host.root.exists("/begun"); ++i)
        ::usleep(5000);
    CHECK(lines(host).find("\nrun state=running percent=") != std::string::npos);
    CHECK(lines(host).find("percent=100.00") == std::string::npos);
    host.root.write("/go", "");
    const Outcome outcome = backup.finish();
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK(lines(host).find("\nrun state=idle percent=0.00\n") != std::string::npos);
    // a file that a killed backup left says nothing
    host.root.write("/run/qubes-mgmt/backup/nightly.progress", "state=running vm= percent=12.00 ");
    CHECK(lines(host).find("\nrun state=idle percent=0.00\n") != std::string::npos);
}

TEST_CASE("backup execute: programs are told how far it is, and so is whoever follows the events")
{
    const BackupHost host;
    host.set_profile("include: [work]\n");
    const Outcome outcome = run_local(host.root, "mgmt.backup.Execute",
                                      {"--plain", "--progress=json", "--arg=nightly"});
    CHECK(outcome.status == 0);
    CHECK(outcome.out.empty());
    std::istringstream told{outcome.err};
    nlohmann::json last;
    double percent = 0;
    for (std::string line; std::getline(told, line);) {
        last = nlohmann::json::parse(line);
        const double now = last.value("percent", 0.0);
        CHECK(now >= percent);
        percent = now;
        CHECK((now < 100 || last.at("state") == "finished"));
    }
    CHECK(percent == 100);
    CHECK(last.at("done") == last.at("total"));
    CHECK(events_of(host.root, "", "backup-progress") >= 2);
    CHECK(run_local(host.root, "mgmt.backup.Info", {"--progress=json", "nightly"}).status == 2);
}

TEST_CASE("backup info: what an administrator should know is a warning")
{
    const BackupHost host;
    host.root.write("/etc/qubes/backup/weak.conf", "destination_vm: dom0\n"
                                                   "destination_path: /backups\n"
                                                   "passphrase_text: short one\n"
                                                   "kdf_logn: 15\n"
                                                   "include: [work]\n"
                                                   "exclude: [gone]\n");
    ::chmod(host.root.below("/etc/qubes/backup/weak.conf").c_str(), 0600);
    const Outcome outcome = info(host, "weak");
    CHECK(outcome.status == 0);
    CHECK(std::ranges::count(outcome.err, '\n') == 3);
    CHECK(outcome.err.find("fewer than 12 bytes") != std::string::npos);
    CHECK(outcome.err.find("'kdf_logn' below 16") != std::string::npos);
    CHECK(outcome.err.find("'exclude' names 'gone', which does not exist, ignoring") !=
          std::string::npos);
    CHECK(outcome.err.find("short one") == std::string::npos);
}

TEST_CASE("backup.md 74 75 76: what is wrong with a profile is told as its token")
{
    const BackupHost host;
    const auto refuses = [&](BackupFault fault, const std::string& id = "nightly") {
        BackupHost::check_fault(info(host, id), fault);
        BackupHost::check_fault(host.execute(id), fault);
    };
    for (const char* id : {"../x", "a/b", ".", "a123456789a123456789a123456789a123456789x"})
        refuses(BackupFault::bad_request, id);
    refuses(BackupFault::config_not_found, "absent");
    host.set_profile("include: [worc]\n");
    refuses(BackupFault::config_invalid);
    host.set_profile("exlude: [work]\n");
    refuses(BackupFault::config_invalid);
    host.set_profile("compression: \"sh -c id\"\n");
    refuses(BackupFault::config_invalid);
    host.set_profile("");
    refuses(BackupFault::nothing_selected);
    host.set_profile("include: [work]\n");
    ::chmod(host.root.below("/etc/qubes/backup/nightly.conf").c_str(), 0644);
    refuses(BackupFault::config_permissions);
    CHECK(host.archives().empty());
    host.fails({"work", "mgmt.backup.Info", "nightly"}, failure::protocol);
    host.fails({"dom0", "mgmt.backup.Info"}, failure::protocol);
}
