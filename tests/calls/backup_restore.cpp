// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.backup.Restore and mgmt.backup.Verify: what comes back, and that nothing is left of what
// does not.

#include "calls/backup_world.hpp"
#include "lib/backup/restore/metadata_text.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>

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
    const BackupWorld world;
    const ArchiveParts parts = four_qubes();
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
