// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.backup.Restore and mgmt.backup.Verify: what comes back, and that nothing is left of what
// does not.

#include "calls/restore_world.hpp"
#include "lib/backup/restore/metadata_text.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

// Up to whole sectors, zeros.
std::string padded(std::string content)
{
    content.resize((content.size() + 511) / 512 * 512);
    return content;
}

std::string content_of(const ArchiveParts& parts, std::string_view name)
{
    for (const auto& [image, content] : parts.images)
        if (image == name)
            return content;
    throw std::runtime_error{"no such image"};
}

} // namespace

TEST_CASE("backup.Restore: all qubes come back, with their disks, settings and rules", "[calls]")
{
    const RestoreWorld world;
    const ArchiveParts parts = four_qubes();
    const std::string before = world.view().outside({});
    const auto lines = world.restores(parts.bytes());
    REQUIRE(lines.size() == 6);
    CHECK(
        lines[0].starts_with("backup id=20260101T000000-42 created=20260101T000000 vms=4 bytes="));
    CHECK(lines[0].ends_with(" manifest=yes"));
    CHECK(lines[1] == "vm name=deb as=deb result=restored");
    CHECK(lines[2] == "vm name=office as=office result=restored note=tag-skipped:created-by-other");
    CHECK(lines[3] == "vm name=disp9 as=disp9 result=restored");
    CHECK(lines[4] == "vm name=solo as=solo result=restored");
    CHECK(lines[5] == "end result=ok");

    const StoreView view = world.view();
    const bool rest_is_same = view.outside({{"deb"}, {"office"}, {"disp9"}, {"solo"}}) == before;
    CHECK(rest_is_same);
    CHECK(view.property("deb", "memory") == "777");
    CHECK(view.property("deb", "backup_timestamp") == "1767225600");
    CHECK(view.feature("deb", "qrexec") == "1");
    CHECK(view.property("office", "template") == "deb");
    CHECK(view.property("office", "netvm") == "sys-net");
    CHECK(view.property("office", "vcpus") == "3");
    CHECK(view.property("office", "label") == "green");
    CHECK(view.property("office", "uuid") != "7d1b6d0e-55f1-4e2c-93b3-2f7c9c9c0e03");
    CHECK(view.feature("office", "service.cups") == "1");
    CHECK(view.feature("office", "note") == "a < b");
    CHECK_FALSE(view.feature("office", "backup-path"));
    CHECK(view.tags("office") ==
          std::vector<std::string>{"created-by-dom0", "mine",
                                   "restored-from-backup-20260101T000000-42"});
    CHECK(view.property("disp9", "template") == "office");
    CHECK(view.property("disp9", "dispid").has_value());
    CHECK(view.volume("office", "root", "source") == "vm-templates/deb/root");
    CHECK(view.volume("office", "root", "size") == "8000000");
    CHECK(view.volume("disp9", "private", "source") == "appvms/office/private");
    CHECK(view.volume("solo", "private", "size") == "1024");
    CHECK(view.volume("solo", "root", "size") == "4608");

    CHECK(world.image("vm-templates/deb/root") == content_of(parts, "vm20/root.img"));
    CHECK(world.image("vm-templates/deb/private") == content_of(parts, "vm20/private.img"));
    CHECK(world.image("appvms/office/private") == content_of(parts, "vm21/private.img"));
    CHECK(world.image("appvms/solo/root") == padded(content_of(parts, "vm22/root.img")));
    CHECK(world.image("appvms/solo/private") == padded(content_of(parts, "vm22/private.img")));
    struct stat facts {};
    REQUIRE(::stat(world.root.below("/var/lib/qm-lvm/vm-templates/deb/root.img").c_str(), &facts) ==
            0);
    CHECK(facts.st_blocks * 512 < 1'000'000); // its holes are holes
    CHECK(world.reply({"office", "vm.firewall.GetPolicy"}) == "drop");
    CHECK(world.reply({"office", "vm.firewall.Get"}).find("dst4=10.0.0.0/8") != std::string::npos);
    CHECK(std::filesystem::is_empty(world.root.below("/var/lib/qubes-mgmt/intent")));
    CHECK(world.reply({"office", "vm.property.Get", "template"}) == "default=no deb");
}

TEST_CASE("backup.Restore: a second time it fails, skips or finds other names, as it is told",
          "[calls]")
{
    const RestoreWorld world;
    const std::string archive = four_qubes().bytes();
    static_cast<void>(world.restores(archive));
    world.refuses(archive, Failure::in_use, "name-conflict");
    const std::string store = world.root.store();
    const auto skipped = world.restores(archive, "on-conflict=skip\n");
    CHECK(skipped[1] == "vm name=deb as=deb result=skipped reason=name-conflict");
    CHECK(skipped.back() == "end result=ok");
    CHECK(world.root.store() == store);
    const auto renamed = world.restores(archive, "on-conflict=rename\n");
    CHECK(renamed[1] == "vm name=deb as=deb-1 result=restored");
    const StoreView view = world.view();
    CHECK(view.property("office-1", "template") == "deb-1");
    CHECK(view.volume("office-1", "root", "source") == "vm-templates/deb-1/root");
    CHECK(view.property("disp9-1", "template") == "office-1");
    CHECK(world.image("vm-templates/deb-1/root") == world.image("vm-templates/deb/root"));
    static_cast<void>(world.restores(archive, "include=solo\nrename=solo:alone\n"));
    CHECK(world.image("appvms/alone/root") == world.image("appvms/solo/root"));
    CHECK(world.view().names().size() == 16);
}

TEST_CASE("backup.Restore: of an archive only what is asked for, in the pool that is asked for",
          "[calls]")
{
    const RestoreWorld world;
    const auto lines =
        world.restores(four_qubes().bytes(), "include=deb,office\npool=varlibqubes\n");
    CHECK(lines.size() == 4);
    const StoreView view = world.view();
    CHECK(view.domain("solo") == nullptr);
    CHECK(view.volume("deb", "root", "pool") == "varlibqubes");
    CHECK(view.volume("office", "private", "pool") == "varlibqubes");
    CHECK_FALSE(world.root.exists("/var/lib/qm-lvm/appvms/solo"));
    CHECK(world.root.exists("/var/lib/qubes/appvms/office/private.img"));
    world.refuses(four_qubes().bytes(), Failure::not_found, "", "include=solo\npool=nosuch\n");
    world.refuses(four_qubes().bytes(), Failure::not_found, "unknown-vm", "include=nobody\n");
    RestoreWorld{}.refuses(four_qubes().bytes(), Failure::not_found, "missing-template",
                           "include=disp9\n");
}

TEST_CASE("backup.md 79: what stands before an archive may only narrow what the profile permits",
          "[calls]")
{
    const RestoreWorld world;
    const std::string archive = four_qubes().bytes();
    for (const char* options : {"colour=blue\n", "dom0-home=yes\n", "ignore-size-limit=yes\n",
                                "on-missing-netvm=default\n", "include=\n"}) {
        INFO(options);
        world.refuses(archive, Failure::protocol, "bad-request", options);
    }
    const Outcome endless = world.restore("mgmt-restore 1\nverify-only=yes\n");
    CHECK(endless.status == static_cast<int>(Failure::protocol));
    const Outcome long_one = world.restore("mgmt-restore 1\n" + std::string(70'000, 'a'));
    CHECK(long_one.status == static_cast<int>(Failure::protocol));
}

TEST_CASE("backup.Restore: a qube may restore where the profile says so, and is their creator",
          "[calls]")
{
    const RestoreWorld world{"  enabled: true\n"};
    world.profile("weekly", "");
    const std::string archive = four_qubes().bytes();
    Ask by_mgr = restore_nightly;
    by_mgr.caller = "mgr";
    by_mgr.argument = "weekly";
    const Outcome refused = stream_to(world.root, by_mgr, archive);
    CHECK(refused.status == static_cast<int>(Failure::denied));
    CHECK(refused.err.find("restore-disabled: ") != std::string::npos);
    Ask check = verify_nightly;
    check.caller = "mgr";
    check.argument = "weekly";
    CHECK(stream_to(world.root, check, archive).status == 0);
    by_mgr.argument = "nightly";
    CHECK(stream_to(world.root, by_mgr, archive).status == 0);
    CHECK(world.view().tags("office") ==
          std::vector<std::string>{"created-by-mgr", "mine",
                                   "restored-from-backup-20260101T000000-42"});
    by_mgr.argument = "nosuch";
    CHECK(stream_to(world.root, by_mgr, archive).status == static_cast<int>(Failure::not_found));
}

TEST_CASE("backup.md 52: a qube takes no more of an archive, and no larger disk, than it says",
          "[calls]")
{
    const RestoreWorld world;
    world.profile("open", "  ignore_size_limit: true\n");
    const auto small = [](const std::string& declared, std::uint64_t volume, std::size_t image) {
        ArchiveParts parts;
        parts.domains =
            DomainText{.klass = "StandaloneVM",
                       .name = "big",
                       .path = "vm30/",
                       .more = "<volume-config><volume name=\"root\" save_on_stop=\"True\"/>"
                               "<volume name=\"private\" save_on_stop=\"True\" size=\"" +
                               std::to_string(volume) + "\"/></volume-config>",
                       .size = declared}
                .text();
        parts.compression = Compression::none;
        parts.images = {{"vm30/root.img", noise(512)}, {"vm30/private.img", noise(image)}};
        return parts.bytes();
    };
    constexpr std::size_t mib = std::size_t{1} << 20;
    // Larger than the volume, which is rounded up to 4 MiB.
    world.refuses(small("100000000", mib, 4 * mib + 1), Failure::too_large, "size-limit");
    // More of the archive than is declared, and 16 MiB.
    const std::string greedy = small("100", 64 * mib, 18 * mib);
    world.refuses(greedy, Failure::too_large, "size-limit");
    Ask open = restore_nightly;
    open.argument = "open";
    const Outcome taken =
        stream_to(world.root, open, with_options(greedy, "ignore-size-limit=yes\n"));
    INFO(taken.err);
    CHECK(taken.status == 0);
    CHECK(world.view().volume("big", "private", "size") == std::to_string(18 * mib));
    world.profile("short", "  max_bytes: 1000000\n");
    Ask limited = restore_nightly;
    limited.argument = "short";
    const Outcome cut = stream_to(world.root, limited, with_options(greedy, "rename=big:big2\n"));
    CHECK(cut.status == static_cast<int>(Failure::too_large));
}

TEST_CASE("backup.md 60: rules of a firewall that are not valid fail their qube, never fewer rules",
          "[calls]")
{
    const RestoreWorld world;
    ArchiveParts parts = four_qubes();
    parts.files[0].second =
        with(parts.files[0].second, "<property name=\"dsthost\">10.0.0.0/8</property>",
             "<property name=\"dsthost\">10.0.0.0/99</property>");
    const std::string archive = parts.bytes();
    world.refuses(archive, Failure::bad_value, "firewall-invalid");
    CHECK(world.verify(archive).status == static_cast<int>(Failure::bad_value));

    // What is whole comes, without what needs the other.
    const Outcome outcome = world.restore(archive, "on-error=keep-good\n");
    INFO(outcome.out << outcome.err);
    CHECK(outcome.status == static_cast<int>(Failure::failed));
    CHECK(outcome.err.find("vm-failed: ") != std::string::npos);
    const auto lines = lines_of(outcome.out);
    REQUIRE(lines.size() == 6);
    CHECK(lines[1] == "vm name=deb as=deb result=restored");
    CHECK(lines[2].starts_with("vm name=office as=office result=failed reason=firewall-invalid"));
    CHECK(lines[3] == "vm name=disp9 as=disp9 result=failed reason=missing-template");
    CHECK(lines[4] == "vm name=solo as=solo result=restored");
    CHECK(lines[5] == "end result=partial");
    CHECK(world.view().domain("office") == nullptr);
    CHECK(world.view().domain("disp9") == nullptr);
    CHECK(world.view().domain("deb") != nullptr);
    CHECK_FALSE(world.root.exists("/var/lib/qm-lvm/appvms/office"));
    CHECK_FALSE(world.root.exists("/var/lib/qubes/appvms/office"));
    CHECK(std::filesystem::is_empty(world.root.below("/var/lib/qubes-mgmt/intent")));
}

TEST_CASE("backup.Restore: beside another manager nothing is restored", "[calls]")
{
    const RestoreWorld world;
    const std::string path = world.root.below("/run/qubesd.sock");
    std::filesystem::create_directories(world.root.below("/run"));
    const Fd daemon{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    REQUIRE(::bind(daemon.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(daemon.get(), 4) == 0);
    world.refuses(four_qubes().bytes(), Failure::busy, "");
    CHECK(world.verify(four_qubes().bytes()).status == 0);
}

TEST_CASE("backup.Restore: an archive without our manifest is held against its own list", "[calls]")
{
    const RestoreWorld world;
    const ArchiveMaker maker;
    const auto volumes = [](const std::string& role) {
        return "<volume-config><volume name=\"" + role +
               "\" save_on_stop=\"True\" size=\"1000000\"/></volume-config>";
    };
    auto entries = maker.header(Compression::none, false);
    entries.push_back(maker.file(
        "qubes.xml", metadata_text(DomainText{.name = "one",
                                              .path = "vm1",
                                              .properties = property("template", "fedora-25"),
                                              .more = volumes("private")}
                                       .text() +
                                   DomainText{.name = "ten",
                                              .path = "vm10",
                                              .properties = property("template", "fedora-25"),
                                              .more = volumes("private")}
                                       .text())));
    entries.push_back(maker.file("vm1/private.img", noise(4096, 1)));
    entries.push_back(maker.file("vm1/whitelisted-appmenus.list", "a.desktop\nb.desktop\n"));
    SECTION("what it has lost is missed")
    {
        world.refuses(tar_of(entries), Failure::bad_value, "incomplete-archive");
        CHECK(world.verify(tar_of(entries)).status == static_cast<int>(Failure::bad_value));
        const Outcome outcome = world.restore(tar_of(entries), "on-error=keep-good\n");
        CHECK(outcome.status == static_cast<int>(Failure::failed));
        CHECK(outcome.out.find("vm name=ten as=ten result=failed reason=incomplete-archive") !=
              std::string::npos);
        CHECK(world.view().domain("one") != nullptr);
    }
    SECTION("and what is there comes back")
    {
        entries.push_back(maker.file("vm10/private.img", noise(8192, 2)));
        const auto lines = world.restores(tar_of(entries));
        CHECK(lines[0].ends_with(" manifest=no"));
        CHECK(lines[1] == "vm name=one as=one result=restored note=firewall-missing");
        CHECK(world.image("appvms/one/private") == noise(4096, 1));
        CHECK(world.image("appvms/ten/private") == noise(8192, 2));
        CHECK(world.view().feature("one", "menu-items") == "a.desktop b.desktop");
    }
}
